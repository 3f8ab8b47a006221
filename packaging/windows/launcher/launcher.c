/* Starts the terminal: loads the Python that lies beside this program and hands it `-m pos_app`.
 *
 * Built twice from this file: pos-app.exe for the window (no console flashes up) and pos-app-cli.exe
 * for a person at a prompt. The program reads no variable, no registry and no file to decide what it
 * loads: the folder it lies in says it all.
 *
 * Exit status: that of the terminal; 90 to 93 where Python could not be started, with a message. */

#include <stdio.h>
#include <wchar.h>
#include <windows.h>

#define PATH_MAX_CHARS 32768 /* the longest path that Windows knows */

typedef int (*py_main)(int, wchar_t **);

/* Says why the terminal cannot start, where somebody sees it, and returns `status`. */
static int refuse(int status, const wchar_t *korean, const wchar_t *english, const wchar_t *what) {
  static wchar_t text[PATH_MAX_CHARS + 512];
  int is_korean = PRIMARYLANGID(GetUserDefaultUILanguage()) == LANG_KOREAN;
  _snwprintf(text, PATH_MAX_CHARS + 511, L"%ls\n\n%ls", is_korean ? korean : english, what);
#ifdef CONSOLE
  /* The console's own code page may know no Hangul; UTF-8 is what the terminal itself writes. */
  static char bytes[4 * (PATH_MAX_CHARS + 512)];
  WideCharToMultiByte(CP_UTF8, 0, text, -1, bytes, sizeof bytes, NULL, NULL);
  fprintf(stderr, "%s\n", bytes);
#else
  MessageBoxW(NULL, text, L"pos-app", MB_ICONERROR | MB_SETFOREGROUND);
#endif
  return status;
}

static const wchar_t *const broken_ko = L"설치된 파일이 온전하지 않습니다. 설치 프로그램을 다시 실행해 주세요. 판매 기록은 그대로 있습니다.";
static const wchar_t *const broken_en =
    L"The installation is damaged. Please run the installer again. Your sales records are untouched.";

static int start(int given, wchar_t **arguments) {
  static wchar_t folder[PATH_MAX_CHARS], library[PATH_MAX_CHARS + 64];
  DWORD length = GetModuleFileNameW(NULL, folder, PATH_MAX_CHARS);
  if (length == 0 || length >= PATH_MAX_CHARS) return refuse(90, broken_ko, broken_en, L"GetModuleFileName");
  wchar_t *slash = wcsrchr(folder, L'\\');
  if (slash) *slash = 0;

  /* No library from the current folder, nor from the folders in PATH. */
  SetDllDirectoryW(L"");
  SetDefaultDllDirectories(LOAD_LIBRARY_SEARCH_SYSTEM32 | LOAD_LIBRARY_SEARCH_USER_DIRS);
  _snwprintf(library, PATH_MAX_CHARS + 63, L"%ls\\runtime\\" PYTHON_DLL, folder);
  HMODULE python = LoadLibraryExW(library, NULL, LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR | LOAD_LIBRARY_SEARCH_SYSTEM32);
  if (!python) return refuse(91, broken_ko, broken_en, library);
  py_main run = (py_main)(void *)GetProcAddress(python, "Py_Main");
  if (!run) return refuse(92, broken_ko, broken_en, library);

  wchar_t **handed = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, sizeof *handed * (given + 5));
  if (!handed) return refuse(93, broken_ko, broken_en, L"HeapAlloc");
  int count = 0;
  handed[count++] = arguments[0];
  handed[count++] = L"-X";
  handed[count++] = L"utf8";
  handed[count++] = L"-m";
  handed[count++] = L"pos_app";
  for (int i = 1; i < given; i++) handed[count++] = arguments[i];
  return run(count, handed);
}

#ifdef CONSOLE
int wmain(int given, wchar_t **arguments) { return start(given, arguments); }
#else
int WINAPI wWinMain(HINSTANCE self, HINSTANCE previous, PWSTR line, int show) {
  (void)self, (void)previous, (void)line, (void)show;
  int given = 0;
  wchar_t **arguments = CommandLineToArgvW(GetCommandLineW(), &given);
  if (!arguments) return refuse(90, broken_ko, broken_en, L"CommandLineToArgvW");
  return start(given, arguments);
}
#endif
