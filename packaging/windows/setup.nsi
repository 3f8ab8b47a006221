; The stage becomes a 64-bit setup.exe, built on Linux or Windows by installer.py:
;
;     makensis -INPUTCHARSET UTF8 -DVERSION=0.1.0 -DSTAGE=/absolute/stage -DOUTFILE=/absolute/setup.exe -DICON=/absolute/app.ico
;              -DSIDE=/absolute/side.bmp [-DCOMPRESSOR=zlib] [-DSIGN="command that signs the file named behind it"] setup.nsi
;
; On the shop's PC:
;
;     setup.exe                          asks nothing but what is to be chosen
;     setup.exe /S                       quiet
;              /AUTOSTART=1|0            start the terminal when somebody logs on (default: as it was, at first not)
;              /DESKTOP=0                no icon on the desktop
;              /PROVISION=C:\path\x.toml set the terminal up for whoever runs this (`pos-app provision`)
;              /D=C:\path                where to; last; a folder called pos-app is made in it
;     uninstall.exe /S [/PURGE]          quiet; /PURGE removes the data of whoever runs this as well
;
; Exit status: 0 done; 1 given up by the person; 2 a file could not be written; 3 the program is running; 4 the folder holds
; something else; 5 installed, but the set-up file was refused; 6 a newer version is installed; 7 no room on the disk;
; 8 no right to write there; 9 payments are open, so the data was not removed. Whatever is refused is said in a window, and with
; /S in the file pos-app-setup.log in the folder for temporary files.
;
; The new version is laid down beside the old one and takes its place by a change of names, so a disk that fills up or a power
; cut leaves the old version whole. What users keep lies in their own profiles and is never touched.
;
; There is no page to choose the folder, on purpose: the folder is replaced as a whole, and a shop that chose C:\ would lose it.

!define APP_ID "pos-app"
!define APP_EXE "pos-app.exe"
!define CLI_EXE "pos-app-cli.exe"
!define PUBLISHER "pos-app"
!define DATA_FOLDER "pos-app"     ; below a user's local application data: pos_app/config/paths.py
!define UNINSTALL_KEY "Software\Microsoft\Windows\CurrentVersion\Uninstall\${APP_ID}"
!define RUN_KEY "Software\Microsoft\Windows\CurrentVersion\Run"
!define ROOM_SPARE_MB 50

Unicode true
Target amd64-unicode              ; the default x86 stubs do not start in a 64-bit-only Windows
!ifndef COMPRESSOR
  SetCompressor /SOLID lzma
!else
  SetCompressor ${COMPRESSOR}
!endif
SetDateSave off                   ; same input, same bytes
AllowSkipFiles off                ; a file that cannot be written ends the installation
CRCCheck on
ManifestDPIAware true
ManifestSupportedOS Win10

!ifdef SIGN
  !uninstfinalize '${SIGN} "%1"' = 0     ; the uninstaller is made in here, so it is signed in here
!endif

!include MUI2.nsh
!include FileFunc.nsh
!include LogicLib.nsh
!include Sections.nsh
!include WordFunc.nsh
!include x64.nsh

Name "$(APP_NAME)"
OutFile "${OUTFILE}"
RequestExecutionLevel admin
InstallDir "$PROGRAMFILES64\${APP_ID}"
BrandingText "${APP_ID} ${VERSION}"

Var Fresh       ; where the new version is laid down
Var Former      ; where the old one waits until the new one stands
Var Autostart   ; "1", "0" or "" for: as it was
Var Provision   ; a set-up file, or ""
Var Purge       ; "1" when the data goes as well

!define MUI_ICON "${ICON}"
!define MUI_UNICON "${ICON}"
!define MUI_WELCOMEFINISHPAGE_BITMAP "${SIDE}"
!define MUI_ABORTWARNING
!define MUI_COMPONENTSPAGE_SMALLDESC
!define MUI_FINISHPAGE_RUN
!define MUI_FINISHPAGE_RUN_FUNCTION RunAsThePerson
!insertmacro MUI_PAGE_COMPONENTS
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "Korean"      ; the first is used where Windows speaks neither
!insertmacro MUI_LANGUAGE "English"
!include "words.nsh"

VIProductVersion "${VERSION}.0"
!macro VERSION_TEXT language name
  VIAddVersionKey /LANG=${language} ProductName "${name}"
  VIAddVersionKey /LANG=${language} ProductVersion "${VERSION}"
  VIAddVersionKey /LANG=${language} FileVersion "${VERSION}"
  VIAddVersionKey /LANG=${language} FileDescription "${name}"
  VIAddVersionKey /LANG=${language} CompanyName "${PUBLISHER}"
  VIAddVersionKey /LANG=${language} LegalCopyright "Apache License 2.0"
!macroend
!insertmacro VERSION_TEXT 1042 "키인 단말기 설치"
!insertmacro VERSION_TEXT 1033 "Key-in terminal setup"

; ---- what is said, and where ---------------------------------------------------------------------

; Whoever deploys quietly finds the sentence in a file.
!macro WRITE_DOWN words
  ClearErrors
  FileOpen $R9 "$TEMP\pos-app-setup.log" a
  ${IfNot} ${Errors}
    FileSeek $R9 0 END $R8
    ${If} $R8 = 0
      FileWriteWord $R9 0xFEFF
    ${EndIf}
    FileWriteUTF16LE $R9 "pos-app ${VERSION}: ${words}$\r$\n"
    FileClose $R9
  ${EndIf}
  ClearErrors
!macroend

!macro REFUSE status words
  !insertmacro WRITE_DOWN "${words}"
  MessageBox MB_OK|MB_ICONSTOP "${words}" /SD IDOK
  SetErrorLevel ${status}
  Quit
!macroend

; ---- checks that both the installer and the uninstaller make --------------------------------------

; A terminal may be in the middle of a charge: never replace or remove it under its feet, nor under those of another user of this
; PC. Windows refuses to open a running program's file for writing, so opening it tells.
!macro STOP_IF_RUNNING
  !insertmacro STOP_IF_OPEN "${APP_EXE}"
  !insertmacro STOP_IF_OPEN "${CLI_EXE}"
!macroend
!macro STOP_IF_OPEN program
  ${If} ${FileExists} "$INSTDIR\${program}"
    ClearErrors
    FileOpen $0 "$INSTDIR\${program}" a
    ${If} ${Errors}
      !insertmacro REFUSE 3 "$(RUNNING)"
    ${EndIf}
    FileClose $0
  ${EndIf}
!macroend

!macro STOP_WITHOUT_RIGHTS
  UserInfo::GetAccountType
  Pop $0
  ${If} $0 != "Admin"
    !insertmacro REFUSE 8 "$(NO_RIGHTS)"
  ${EndIf}
!macroend

; Whoever quotes an option with its value, because there is a space in it, means it: "/D=C:\a b". NSIS passes over that.
!macro QUOTED option variable
  ClearErrors
  ${WordFind2X} "$CMDLINE" '"${option}' '"' "E+1" ${variable}
  ${If} ${Errors}
    StrCpy ${variable} ""
  ${EndIf}
  ClearErrors
!macroend

; ---- installing ----------------------------------------------------------------------------------

Section "-program" SECTION_PROGRAM
  SetShellVarContext all
  !insertmacro STOP_IF_RUNNING
  Call MendBrokenChange
  ; The whole new version beside the old one.
  ClearErrors
  CreateDirectory "$Fresh"
  SetOutPath "$Fresh"
  ${If} ${Errors}
  ${OrIfNot} ${FileExists} "$Fresh\*.*"
    !insertmacro REFUSE 8 "$(NO_RIGHTS)"
  ${EndIf}
  File /r "${STAGE}/*"
  WriteUninstaller "$Fresh\uninstall.exe"
  SetOutPath "$TEMP"                     ; a current folder cannot be renamed
  ${If} ${Errors}
    RMDir /r "$Fresh"
    !insertmacro REFUSE 2 "$(NOT_WRITTEN)"
  ${EndIf}
  !insertmacro STOP_IF_RUNNING
  Call TakeItsPlace
  CreateDirectory "$SMPROGRAMS\$(APP_NAME)"
  CreateShortcut "$SMPROGRAMS\$(APP_NAME)\$(APP_NAME).lnk" "$INSTDIR\${APP_EXE}"
  CreateShortcut "$SMPROGRAMS\$(APP_NAME)\$(PRACTICE_NAME).lnk" "$INSTDIR\${APP_EXE}" "--practice"
  Call Register
SectionEnd

Section "$(DESKTOP_CHOICE)" SECTION_DESKTOP
  SetShellVarContext all
  CreateShortcut "$DESKTOP\$(APP_NAME).lnk" "$INSTDIR\${APP_EXE}"
SectionEnd

Section /o "$(AUTOSTART_CHOICE)" SECTION_AUTOSTART
  WriteRegStr HKLM "${RUN_KEY}" "${APP_ID}" '"$INSTDIR\${APP_EXE}"'
SectionEnd

Section "-choices"
  SetShellVarContext all
  ${IfNot} ${SectionIsSelected} ${SECTION_DESKTOP}
    Delete "$DESKTOP\$(APP_NAME).lnk"
  ${EndIf}
  ${IfNot} ${SectionIsSelected} ${SECTION_AUTOSTART}
    DeleteRegValue HKLM "${RUN_KEY}" "${APP_ID}"
  ${EndIf}
  ${If} $Provision != ""
    Call SetUp
  ${EndIf}
  !insertmacro WRITE_DOWN "$(INSTALLED)"
SectionEnd

Function .onInit
  ${IfNot} ${RunningX64}
    !insertmacro REFUSE 2 "$(NOT_64_BIT)"
  ${EndIf}
  SetRegView 64
  !insertmacro STOP_WITHOUT_RIGHTS
  Call FindFolder
  Call ReadOptions
  !insertmacro STOP_IF_RUNNING
  Call StopIfNewer
  Call StopIfForeign
  Call StopWithoutRoom
FunctionEnd

; An upgrade goes where the program is; a first installation under Program Files or where /D= says.
Function FindFolder
  !insertmacro QUOTED "/D=" $0
  ${If} $0 != ""
    StrCpy $INSTDIR $0
  ${EndIf}
  ClearErrors
  ReadRegStr $0 HKLM "${UNINSTALL_KEY}" InstallLocation
  ${If} $0 != ""
  ${AndIf} ${FileExists} "$0\${APP_EXE}"
    StrCpy $INSTDIR $0
  ${EndIf}
  ${GetFileName} "$INSTDIR" $0
  ${If} $0 != "${APP_ID}"
    StrCpy $INSTDIR "$INSTDIR\${APP_ID}"
  ${EndIf}
  StrCpy $Fresh "$INSTDIR.new"
  StrCpy $Former "$INSTDIR.old"
FunctionEnd

Function ReadOptions
  ${GetParameters} $R0
  ClearErrors
  ${GetOptions} $R0 "/AUTOSTART=" $Autostart
  !insertmacro QUOTED "/PROVISION=" $Provision
  ${If} $Provision == ""
    ${GetOptions} $R0 "/PROVISION=" $Provision
  ${EndIf}
  ClearErrors
  ${GetOptions} $R0 "/DESKTOP=" $0
  ${If} $0 == "0"
    !insertmacro UnselectSection ${SECTION_DESKTOP}
  ${EndIf}
  ${If} $Autostart == ""
    ReadRegStr $0 HKLM "${RUN_KEY}" "${APP_ID}"
    ${If} $0 != ""
      StrCpy $Autostart "1"
    ${EndIf}
  ${EndIf}
  ${If} $Autostart == "1"
    !insertmacro SelectSection ${SECTION_AUTOSTART}
  ${EndIf}
  ${If} $Provision != ""
    ${IfNot} ${FileExists} "$Provision"
      !insertmacro REFUSE 5 "$(NO_PROVISION)"
    ${EndIf}
    GetFullPathName $Provision "$Provision"
  ${EndIf}
  ClearErrors
FunctionEnd

; Books that a newer version wrote cannot be read by an older one; it would only refuse to open.
Function StopIfNewer
  ReadRegStr $0 HKLM "${UNINSTALL_KEY}" DisplayVersion
  ${If} $0 != ""
  ${AndIf} ${FileExists} "$INSTDIR\${APP_EXE}"
    ${VersionCompare} "$0" "${VERSION}" $1
    ${If} $1 = 1
      !insertmacro REFUSE 6 "$(NEWER)"
    ${EndIf}
  ${EndIf}
FunctionEnd

; The folder is replaced as a whole: what is not ours must not be in it, and what an MSI laid down is the MSI's to replace.
Function StopIfForeign
  ${DirState} "$INSTDIR" $0
  ${If} $0 = 1
    ${IfNot} ${FileExists} "$INSTDIR\${APP_EXE}"
      !insertmacro REFUSE 4 "$(FOREIGN)"
    ${EndIf}
    ${IfNot} ${FileExists} "$INSTDIR\uninstall.exe"
      !insertmacro REFUSE 4 "$(BY_MSI)"
    ${EndIf}
  ${EndIf}
FunctionEnd

; Room for the new version beside the old one.
Function StopWithoutRoom
  SectionGetSize ${SECTION_PROGRAM} $0
  IntOp $0 $0 / 1024
  IntOp $0 $0 + ${ROOM_SPARE_MB}
  StrCpy $1 $INSTDIR
  ${DoUntil} ${FileExists} "$1\*.*"
    ${GetParent} "$1" $1
    ${If} $1 == ""
      ${GetRoot} "$INSTDIR" $1
      ${Break}
    ${EndIf}
  ${Loop}
  System::Call 'kernel32::GetDiskFreeSpaceExW(w "$1\", *l .R1, p 0, p 0) i .R2'
  ${If} $R2 <> 0
    System::Int64Op $R1 / 1048576
    Pop $R1
    System::Int64Op $R1 < $0
    Pop $R2
    ${If} $R2 = 1
      !insertmacro REFUSE 7 "$(NO_ROOM)"
    ${EndIf}
  ${EndIf}
FunctionEnd

; An installation that was cut off between the two changes of names left the old version under its waiting name.
Function MendBrokenChange
  ${If} ${FileExists} "$Former\${APP_EXE}"
  ${AndIfNot} ${FileExists} "$INSTDIR\${APP_EXE}"
    RMDir "$INSTDIR"
    Rename "$Former" "$INSTDIR"
  ${EndIf}
  RMDir /r "$Former"
  RMDir /r "$Fresh"
  ClearErrors
FunctionEnd

Function TakeItsPlace
  ClearErrors
  ${If} ${FileExists} "$INSTDIR\*.*"
    Rename "$INSTDIR" "$Former"
    ${If} ${Errors}                      ; something in the folder is open
      RMDir /r "$Fresh"
      !insertmacro REFUSE 3 "$(RUNNING)"
    ${EndIf}
  ${EndIf}
  Rename "$Fresh" "$INSTDIR"
  ${If} ${Errors}
    Rename "$Former" "$INSTDIR"
    RMDir /r "$Fresh"
    !insertmacro REFUSE 2 "$(NOT_WRITTEN)"
  ${EndIf}
  Call CloseToUsers
  RMDir /r "$Former"
  ClearErrors
FunctionEnd

; Program Files is closed to users already; any other folder is closed here. Names of groups are translated, their numbers not:
; S-1-5-18 the system, S-1-5-32-544 administrators, S-1-5-32-545 users.
Function CloseToUsers
  StrLen $0 "$PROGRAMFILES64\"
  StrCpy $1 "$INSTDIR" $0
  ${If} $1 != "$PROGRAMFILES64\"
    nsExec::Exec 'icacls.exe "$INSTDIR" /inheritance:r /grant:r *S-1-5-18:(OI)(CI)F *S-1-5-32-544:(OI)(CI)F *S-1-5-32-545:(OI)(CI)RX'
    Pop $0
    ${If} $0 != "0"
      !insertmacro WRITE_DOWN "$(NOT_CLOSED)"
      MessageBox MB_OK|MB_ICONEXCLAMATION "$(NOT_CLOSED)" /SD IDOK
    ${EndIf}
  ${EndIf}
FunctionEnd

Function Register
  WriteRegStr HKLM "${UNINSTALL_KEY}" DisplayName "$(APP_NAME)"
  WriteRegStr HKLM "${UNINSTALL_KEY}" DisplayVersion "${VERSION}"
  WriteRegStr HKLM "${UNINSTALL_KEY}" DisplayIcon "$INSTDIR\${APP_EXE}"
  WriteRegStr HKLM "${UNINSTALL_KEY}" Publisher "${PUBLISHER}"
  WriteRegStr HKLM "${UNINSTALL_KEY}" InstallLocation "$INSTDIR"
  WriteRegStr HKLM "${UNINSTALL_KEY}" ShortcutName "$(APP_NAME)"
  WriteRegStr HKLM "${UNINSTALL_KEY}" UninstallString '"$INSTDIR\uninstall.exe"'
  WriteRegStr HKLM "${UNINSTALL_KEY}" QuietUninstallString '"$INSTDIR\uninstall.exe" /S'
  WriteRegDWORD HKLM "${UNINSTALL_KEY}" NoModify 1
  WriteRegDWORD HKLM "${UNINSTALL_KEY}" NoRepair 1
  SectionGetSize ${SECTION_PROGRAM} $0
  WriteRegDWORD HKLM "${UNINSTALL_KEY}" EstimatedSize $0
FunctionEnd

; Set the terminal up for the person who runs the installer: data folder and Credential Manager are that person's.
Function SetUp
  ; (into a file: the plug-in would read its Hangul in the code page of the PC)
  StrCpy $1 "$TEMP\pos-app-provision.txt"
  nsExec::Exec '"$SYSDIR\cmd.exe" /d /c ""$INSTDIR\${CLI_EXE}" provision "$Provision" > "$1" 2>&1"'
  Pop $0
  ${If} $0 != "0"
    !insertmacro REFUSE 5 "$(NOT_SET_UP)"
  ${EndIf}
  Delete "$1"
FunctionEnd

; The installer has an administrator's rights; the program must not have them. The shell starts it as the person it belongs to.
Function RunAsThePerson
  Exec '"$WINDIR\explorer.exe" "$INSTDIR\${APP_EXE}"'
FunctionEnd

Function .onInstFailed
  SetOutPath "$TEMP"
  RMDir /r "$Fresh"
  !insertmacro WRITE_DOWN "$(NOT_WRITTEN)"
  SetErrorLevel 2
FunctionEnd

!insertmacro MUI_FUNCTION_DESCRIPTION_BEGIN
  !insertmacro MUI_DESCRIPTION_TEXT ${SECTION_DESKTOP} "$(DESKTOP_WORDS)"
  !insertmacro MUI_DESCRIPTION_TEXT ${SECTION_AUTOSTART} "$(AUTOSTART_WORDS)"
!insertmacro MUI_FUNCTION_DESCRIPTION_END

; ---- removing ------------------------------------------------------------------------------------

Function un.onInit
  SetRegView 64
  !insertmacro STOP_WITHOUT_RIGHTS
  ${GetFileName} "$INSTDIR" $0
  ${If} $0 != "${APP_ID}"
  ${OrIfNot} ${FileExists} "$INSTDIR\${APP_EXE}"
    !insertmacro REFUSE 4 "$(FOREIGN)"
  ${EndIf}
  !insertmacro STOP_IF_RUNNING
  ${GetParameters} $R0
  ClearErrors
  ${GetOptions} $R0 "/PURGE" $0
  ${IfNot} ${Errors}
    StrCpy $Purge "1"
  ${EndIf}
  ClearErrors
FunctionEnd

Section Uninstall
  !insertmacro STOP_IF_RUNNING
  Call un.AskAboutData
  Call un.RemoveProgram
  SetShellVarContext all
  ReadRegStr $1 HKLM "${UNINSTALL_KEY}" ShortcutName   ; Windows may speak another language by now
  ${If} $1 != ""
    RMDir /r "$SMPROGRAMS\$1"
    Delete "$DESKTOP\$1.lnk"
  ${EndIf}
  DeleteRegValue HKLM "${RUN_KEY}" "${APP_ID}"
  DeleteRegKey HKLM "${UNINSTALL_KEY}"
  ${If} $Purge == "1"
    SetShellVarContext current
    RMDir /r "$LOCALAPPDATA\${DATA_FOLDER}"
  ${EndIf}
SectionEnd

; Everything that the installer lays down, and nothing else (TOP in stage.py).
Function un.RemoveProgram
  RMDir /r "$INSTDIR\app"
  RMDir /r "$INSTDIR\lib"
  RMDir /r "$INSTDIR\licences"
  RMDir /r "$INSTDIR\runtime"
  Delete "$INSTDIR\${APP_EXE}"
  Delete "$INSTDIR\${CLI_EXE}"
  Delete "$INSTDIR\THIRD-PARTY-NOTICES.txt"
  Delete "$INSTDIR\manifest.sha256"
  Delete "$INSTDIR\sbom.cdx.json"
  Delete "$INSTDIR\uninstall.exe"
  SetOutPath "$TEMP"
  RMDir "$INSTDIR"
FunctionEnd

; The law wants sales records kept for years; removing them is never the default, needs a second answer, and does not happen while
; a payment is not settled: its money would be lost sight of.
Function un.AskAboutData
  SetShellVarContext current
  ${IfNot} ${FileExists} "$LOCALAPPDATA\${DATA_FOLDER}\*.*"
    StrCpy $Purge ""
    Return
  ${EndIf}
  ${IfNot} ${Silent}
    MessageBox MB_YESNO|MB_ICONQUESTION|MB_DEFBUTTON2 "$(ASK_DATA)" IDNO keep
    MessageBox MB_YESNO|MB_ICONEXCLAMATION|MB_DEFBUTTON2 "$(ASK_AGAIN)" IDNO keep
    StrCpy $Purge "1"
  ${EndIf}
  ${If} $Purge == "1"
    nsExec::Exec '"$INSTDIR\${CLI_EXE}" recover --wait 0'
    Pop $0
    ${If} $0 == "3"
      !insertmacro REFUSE 9 "$(OPEN_PAYMENTS)"
    ${EndIf}
  ${EndIf}
  Return
keep:
  StrCpy $Purge ""
FunctionEnd
