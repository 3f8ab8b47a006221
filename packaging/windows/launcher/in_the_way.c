/* The MSI's question before it changes anything: is the terminal running, or is it there by the setup.exe?
 *
 * Windows Installer calls StopIfInTheWay (product.wxs). Left alone it would close the program or replace it at the next start of
 * the PC; a terminal may be in the middle of a charge. What is wrong is said by Windows Installer itself: in its window, or in its
 * log where nobody looks (`/qn /l*v FILE`). */

#include <windows.h>
#include <msi.h>
#include <msiquery.h>
#include <stdio.h>
#include <wchar.h>

#define PATH_MAX_CHARS 32768

static const wchar_t *const programs[] = {L"pos-app.exe", L"pos-app-cli.exe"};

static UINT stop(MSIHANDLE install, const wchar_t *korean, const wchar_t *english) {
  int is_korean = PRIMARYLANGID(GetUserDefaultUILanguage()) == LANG_KOREAN;
  MSIHANDLE record = MsiCreateRecord(0);
  if (record) {
    MsiRecordSetStringW(record, 0, is_korean ? korean : english);
    MsiProcessMessage(install, INSTALLMESSAGE_ERROR | MB_OK | MB_ICONERROR, record);
    MsiCloseHandle(record);
  }
  return ERROR_INSTALL_FAILURE;
}

__declspec(dllexport) UINT __stdcall StopIfInTheWay(MSIHANDLE install) {
  static wchar_t folder[PATH_MAX_CHARS], path[PATH_MAX_CHARS + 32];
  DWORD length = PATH_MAX_CHARS;
  if (MsiGetTargetPathW(install, L"INSTALLDIR", folder, &length) != ERROR_SUCCESS) return ERROR_INSTALL_FAILURE;
  _snwprintf(path, PATH_MAX_CHARS + 31, L"%lsuninstall.exe", folder);
  if (GetFileAttributesW(path) != INVALID_FILE_ATTRIBUTES)
    return stop(install,
                L"이 PC에는 키인 단말기가 setup.exe로 설치되어 있습니다. 새 setup.exe를 쓰거나 먼저 제거하세요. 아무것도 바뀌지 않았습니다.",
                L"The key-in terminal is on this PC by its setup.exe. Use the new setup.exe, or remove it first. Nothing was changed.");
  for (int i = 0; i < 2; i++) {
    _snwprintf(path, PATH_MAX_CHARS + 31, L"%ls%ls", folder, programs[i]);
    if (GetFileAttributesW(path) == INVALID_FILE_ATTRIBUTES) continue;
    /* Windows refuses to open a running program's file for writing. */
    HANDLE file = CreateFileW(path, GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL, OPEN_EXISTING, 0, NULL);
    if (file == INVALID_HANDLE_VALUE)
      return stop(install,
                  L"키인 단말기가 실행 중입니다(다른 사용자의 화면일 수도 있습니다). 결제가 끝난 뒤 프로그램을 닫고 다시 시도하세요. "
                  L"아무것도 바뀌지 않았습니다.",
                  L"The key-in terminal is running, perhaps in another user's session. Let payments finish, close it and try again. "
                  L"Nothing was changed.");
    CloseHandle(file);
  }
  return ERROR_SUCCESS;
}
