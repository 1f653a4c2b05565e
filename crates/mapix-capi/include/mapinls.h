/*
 * mapinls.h: strings of 16-bit characters, which the C library does not have, and the names under
 * which Windows has them.
 *
 * The MNLS_ functions are in libmapi. MAPI_NOWIDECHAR leaves the Windows names of wide functions
 * alone.
 */
#ifndef _MAPINLS_H_
#define _MAPINLS_H_

#include "mapiplat.h"
#include <string.h>
#include <strings.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef NORM_IGNORECASE
/* CompareString */
#define NORM_IGNORECASE 0x00000001
#define NORM_IGNORENONSPACE 0x00000002
#define NORM_IGNORESYMBOLS 0x00000004
#define NORM_IGNOREKANATYPE 0x00010000
#define NORM_IGNOREWIDTH 0x00020000
#endif

int WINAPI MNLS_CompareStringW(LCID Locale, DWORD dwCmpFlags, LPCWSTR lpString1, int cchCount1,
    LPCWSTR lpString2, int cchCount2);
int WINAPI MNLS_MultiByteToWideChar(UINT uCodePage, DWORD dwFlags, LPCSTR lpMultiByteStr,
    int cchMultiByte, LPWSTR lpWideCharStr, int cchWideChar);
int WINAPI MNLS_WideCharToMultiByte(UINT uCodePage, DWORD dwFlags, LPCWSTR lpWideCharStr,
    int cchWideChar, LPSTR lpMultiByteStr, int cchMultiByte, LPCSTR lpDefaultChar,
    BOOL *lpfUsedDefaultChar);
int WINAPI MNLS_lstrlenW(LPCWSTR lpString);
int WINAPI MNLS_lstrcmpW(LPCWSTR lpString1, LPCWSTR lpString2);
LPWSTR WINAPI MNLS_lstrcpyW(LPWSTR lpString1, LPCWSTR lpString2);
BOOL WINAPI MNLS_IsBadStringPtrW(LPCWSTR lpsz, UINT ucchMax);

#ifdef MAPI_OWN_PLATFORM
#ifndef CP_ACP
#define CP_ACP 0
#define CP_OEMCP 1
#define CP_UTF8 65001
#endif

#define MultiByteToWideChar MNLS_MultiByteToWideChar
#define WideCharToMultiByte MNLS_WideCharToMultiByte
#ifndef MAPI_NOWIDECHAR
#define CompareStringW MNLS_CompareStringW
#define lstrlenW MNLS_lstrlenW
#define lstrcmpW MNLS_lstrcmpW
#define lstrcpyW MNLS_lstrcpyW
/* CompareString answers 1, 2 or 3. */
#define lstrcmpiW(a, b) (MNLS_CompareStringW(0, NORM_IGNORECASE, a, -1, b, -1) - 2)
#define IsBadStringPtrW MNLS_IsBadStringPtrW
#endif

#define lstrlenA(sz) ((int)strlen(sz))
#define lstrcmpA strcmp
#define lstrcmpiA strcasecmp
#define lstrcpyA strcpy
#define lstrcatA strcat

#ifdef UNICODE
#define lstrlen lstrlenW
#define lstrcmp lstrcmpW
#define lstrcmpi lstrcmpiW
#define lstrcpy lstrcpyW
#define CompareString CompareStringW
#else
#define lstrlen lstrlenA
#define lstrcmp lstrcmpA
#define lstrcmpi lstrcmpiA
#define lstrcpy lstrcpyA
#define lstrcat lstrcatA
#endif

/* A process cannot ask here whether memory is there: only NULL is bad. */
static inline BOOL MapiIsNull(const void *lp, SIZE_T cb) { return cb != 0 && lp == NULL; }
#define IsBadReadPtr(lp, cb) MapiIsNull(lp, cb)
#define IsBadWritePtr(lp, cb) MapiIsNull(lp, cb)
#define IsBadHugeReadPtr(lp, cb) IsBadReadPtr(lp, cb)
#define IsBadHugeWritePtr(lp, cb) IsBadWritePtr(lp, cb)
#define IsBadCodePtr(lpfn) ((lpfn) == NULL)
#define IsBadStringPtrA(lpsz, cchMax) MapiIsNull(lpsz, 1)
#ifdef UNICODE
#define IsBadStringPtr IsBadStringPtrW
#else
#define IsBadStringPtr IsBadStringPtrA
#endif

#ifndef _T
#define _T(text) TEXT(text)
#define _TEXT(text) TEXT(text)
#endif
#endif /* MAPI_OWN_PLATFORM */

#ifdef __cplusplus
}
#endif
#endif /* _MAPINLS_H_ */
