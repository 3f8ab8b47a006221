/* bcryptprimitives.dll, a stand-in for tests under Wine only. Never ship it.
 *
 * Programs written in Rust ask Windows for chance through ProcessPrng (the compiled part of `cryptography` does). Wine 8 and 10 have
 * no such DLL. RtlGenRandom, which they have, is the same source of chance under an older name.
 *
 *     x86_64-w64-mingw32-gcc -O2 -s -shared -o bcryptprimitives.dll bcryptprimitives.c -ladvapi32
 */

#include <windows.h>
#include <ntsecapi.h>

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T size) {
  while (size) {
    ULONG part = size > 0x10000 ? 0x10000 : (ULONG)size;
    if (!RtlGenRandom(data, part)) return FALSE;
    data += part;
    size -= part;
  }
  return TRUE;
}
