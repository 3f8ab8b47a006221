; Every sentence of the installer, Korean first.

!macro WORDS name korean english
  LangString ${name} ${LANG_KOREAN} "${korean}"
  LangString ${name} ${LANG_ENGLISH} "${english}"
!macroend

!insertmacro WORDS APP_NAME "키인 단말기" "Key-in terminal"
!insertmacro WORDS PRACTICE_NAME "키인 단말기 (연습)" "Key-in terminal (practice)"
!insertmacro WORDS DESKTOP_CHOICE "바탕 화면 아이콘" "Desktop icon"
!insertmacro WORDS DESKTOP_WORDS "모든 사용자의 바탕 화면에 아이콘을 둡니다." "Puts an icon on every user's desktop."
!insertmacro WORDS AUTOSTART_CHOICE "Windows와 함께 시작" "Start with Windows"
!insertmacro WORDS AUTOSTART_WORDS "로그인하면 단말기가 열립니다." "Opens the terminal when somebody logs on."
!insertmacro WORDS INSTALLED "설치했습니다: $INSTDIR" "Installed: $INSTDIR"
!insertmacro WORDS RUNNING \
  "키인 단말기가 실행 중입니다(다른 사용자의 화면일 수도 있습니다). 결제가 끝난 뒤 프로그램을 닫고 다시 시도하세요. 아무것도 바뀌지 않았습니다." \
  "The key-in terminal is running, perhaps in another user's session. Let payments finish, close it and try again. Nothing was changed."
!insertmacro WORDS NO_RIGHTS \
  "설치하거나 제거하려면 관리자 권한이 필요합니다. 설치 파일을 마우스 오른쪽 단추로 눌러 '관리자 권한으로 실행'을 고르세요. 아무것도 바뀌지 않았습니다." \
  "Administrator rights are needed. Right-click the file and choose 'Run as administrator'. Nothing was changed."
!insertmacro WORDS NOT_64_BIT \
  "이 프로그램은 64비트 Windows 10과 11에서 실행됩니다." \
  "This program runs on 64-bit Windows 10 and 11."
!insertmacro WORDS NEWER \
  "더 새로운 버전이 이미 설치되어 있습니다. 이 버전(${VERSION})은 새 버전의 장부를 읽을 수 없으므로 설치하지 않았습니다. 새 버전의 설치 파일을 쓰세요." \
  "A newer version is installed already. This one (${VERSION}) cannot read its books, so it was not installed. Use the newer setup file."
!insertmacro WORDS FOREIGN \
  "$INSTDIR 폴더에 다른 것이 들어 있습니다. 그 폴더를 옮기거나 다른 위치를 고르세요. 아무것도 바뀌지 않았습니다." \
  "The folder $INSTDIR holds something else. Move it away or choose another place. Nothing was changed."
!insertmacro WORDS BY_MSI \
  "이 PC에는 MSI로 설치되어 있습니다. 새 MSI를 쓰거나 먼저 제거하세요. 아무것도 바뀌지 않았습니다." \
  "The program is on this PC by its MSI. Use the new MSI, or remove it first. Nothing was changed."
!insertmacro WORDS NO_ROOM \
  "디스크에 빈 곳이 모자랍니다. $0MB가 필요합니다. 자리를 만든 뒤 다시 시도하세요. 지금 설치된 프로그램은 그대로 쓸 수 있습니다." \
  "There is not enough room on the disk: $0 MB are needed. Make room and try again. What is installed now still works."
!insertmacro WORDS NOT_WRITTEN \
  "파일을 쓸 수 없어 설치하지 못했습니다(디스크가 가득 찼거나 백신이 막았을 수 있습니다). 지금 설치된 프로그램은 그대로 쓸 수 있습니다." \
  "A file could not be written (a full disk, or a virus scanner in the way), so nothing was installed. What was there before still works."
!insertmacro WORDS NOT_CLOSED \
  "설치 폴더를 다른 사용자에게서 보호하지 못했습니다: $INSTDIR. Program Files에 설치하기를 권합니다." \
  "The folder could not be protected from other users: $INSTDIR. Installing under Program Files is recommended."
!insertmacro WORDS NO_PROVISION "설정 파일이 없습니다: $Provision" "There is no such set-up file: $Provision"
!insertmacro WORDS NOT_SET_UP \
  "프로그램은 설치했지만 설정 파일을 쓸 수 없었습니다. 고친 뒤 pos-app-cli provision 으로 다시 설정하세요. 까닭: $1" \
  "The program is installed, but the set-up file was refused. Mend it and run pos-app-cli provision. Why: $1"
!insertmacro WORDS ASK_DATA \
  "프로그램을 제거합니다. 이 사용자의 판매 기록과 설정도 지울까요?$\r$\n$\r$\n판매 기록은 법에 따라 5년 동안 보관해야 합니다. '아니요'를 고르면 그대로 남고, 다시 설치하면 이어서 쓸 수 있습니다." \
  "The program will be removed. Remove this user's sales records and settings as well?$\r$\n$\r$\nThe law wants sales records kept for five years. With 'No' they stay, and a new installation goes on with them."
!insertmacro WORDS ASK_AGAIN \
  "판매 기록과 설정을 정말 지울까요? 되돌릴 수 없습니다." \
  "Really remove sales records and settings? This cannot be undone."
!insertmacro WORDS OPEN_PAYMENTS \
  "끝나지 않은 결제가 있어 아무것도 지우지 않았습니다. 단말기를 열어 먼저 정리하세요." \
  "There are payments that are not settled, so nothing was removed. Open the terminal and settle them first."
