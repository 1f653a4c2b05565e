/*
 * mapidbg.h: assertions and traces. With DEBUG (or ASSERTS_ENABLED, TRACES_ENABLED) they speak on
 * standard error, and a failed assertion ends the process unless it is one of NFAssert's; without,
 * they are nothing. MAPI_TRAP, if it is defined, names a function to call instead.
 */
#ifndef __MAPIDBG_H_
#define __MAPIDBG_H_

#include "mapicode.h"
#include <stdio.h>
#include <stdlib.h>

#ifdef DEBUG
#define IFDBG(x) x
#define IFNDBG(x)
#else
#define IFDBG(x)
#define IFNDBG(x) x
#endif

#ifdef __cplusplus
#define EXTERN_C_BEGIN extern "C" {
#define EXTERN_C_END }
#else
#define EXTERN_C_BEGIN
#define EXTERN_C_END
#endif

#ifndef dimensionof
#define dimensionof(a) (sizeof(a) / sizeof(*(a)))
#endif
#ifndef Unreferenced
#define Unreferenced(a) ((void)(a))
#endif

/* ---- Assertions ------------------------------------------------------------------------------ */

#if defined(DEBUG) || defined(ASSERTS_ENABLED)
#ifndef MAPI_TRAP
#define MAPI_TRAP MapiDebugTrap
static inline int MapiDebugTrap(int fFatal, const char *pszFile, int iLine, const char *psz)
{
    fprintf(stderr, "%s:%d: %s\n", pszFile, iLine, psz);
    if (fFatal) abort();
    return 0;
}
#endif
#define IFTRAP(x) x
#define MAPI_TRAP_IF(fBad, fFatal, psz) \
    ((void)((fBad) ? MAPI_TRAP(fFatal, __FILE__, __LINE__, psz) : 0))
#else
#define IFTRAP(x) 0
#define MAPI_TRAP_IF(fBad, fFatal, psz) ((void)0)
#endif

#define Trap() MAPI_TRAP_IF(1, 1, "Trap")
#define TrapSz(psz) MAPI_TRAP_IF(1, 1, psz)
#define Assert(t) MAPI_TRAP_IF(!(t), 1, "Assertion failed: " #t)
#define AssertSz(t, psz) MAPI_TRAP_IF(!(t), 1, psz)
#define NFAssert(t) MAPI_TRAP_IF(!(t), 0, "Assertion failed: " #t)
#define NFAssertSz(t, psz) MAPI_TRAP_IF(!(t), 0, psz)

/* These evaluate t in every build. */
#define SideAssert(t) ((t) ? (void)0 : MAPI_TRAP_IF(1, 1, "Assertion failed: " #t))
#define SideAssertSz(t, psz) ((t) ? (void)0 : MAPI_TRAP_IF(1, 1, psz))
#define NFSideAssert(t) ((t) ? (void)0 : MAPI_TRAP_IF(1, 0, "Assertion failed: " #t))
#define NFSideAssertSz(t, psz) ((t) ? (void)0 : MAPI_TRAP_IF(1, 0, psz))

/* ---- Traces ---------------------------------------------------------------------------------- */

#if defined(DEBUG) || defined(TRACES_ENABLED)
#define IFTRACE(x) x
#define DebugTrace(...) ((void)fprintf(stderr, __VA_ARGS__))
#else
#define IFTRACE(x) 0
#define DebugTrace(...) ((void)0)
#endif

#define DebugTraceResult(f, hr) \
    ((hr) ? DebugTrace(#f " returns 0x%08X\n", (unsigned)GetScode(hr)) : (void)0)
#define DebugTraceSc(f, sc) ((sc) ? DebugTrace(#f " returns 0x%08X\n", (unsigned)(sc)) : (void)0)
#define DebugTraceArg(f, s) DebugTrace(#f ": bad parameter: " s "\n")
#define DebugTraceLine() DebugTrace("%s:%d\n", __FILE__, __LINE__)
#define TraceSz(psz) DebugTrace("%s\n", psz)

/* With arguments for the text; assertions leave them out. */
#define TrapSz1(psz, ...) TrapSz(psz)
#define TrapSz2(psz, ...) TrapSz(psz)
#define TrapSz3(psz, ...) TrapSz(psz)
#define TrapSz4(psz, ...) TrapSz(psz)
#define TrapSz5(psz, ...) TrapSz(psz)
#define TrapSz6(psz, ...) TrapSz(psz)
#define TrapSz7(psz, ...) TrapSz(psz)
#define TrapSz8(psz, ...) TrapSz(psz)
#define TrapSz9(psz, ...) TrapSz(psz)
#define AssertSz1(t, psz, ...) AssertSz(t, psz)
#define AssertSz2(t, psz, ...) AssertSz(t, psz)
#define AssertSz3(t, psz, ...) AssertSz(t, psz)
#define AssertSz4(t, psz, ...) AssertSz(t, psz)
#define AssertSz5(t, psz, ...) AssertSz(t, psz)
#define AssertSz6(t, psz, ...) AssertSz(t, psz)
#define AssertSz7(t, psz, ...) AssertSz(t, psz)
#define AssertSz8(t, psz, ...) AssertSz(t, psz)
#define AssertSz9(t, psz, ...) AssertSz(t, psz)
#define NFAssertSz1(t, psz, ...) NFAssertSz(t, psz)
#define NFAssertSz2(t, psz, ...) NFAssertSz(t, psz)
#define NFAssertSz3(t, psz, ...) NFAssertSz(t, psz)
#define NFAssertSz4(t, psz, ...) NFAssertSz(t, psz)
#define NFAssertSz5(t, psz, ...) NFAssertSz(t, psz)
#define NFAssertSz6(t, psz, ...) NFAssertSz(t, psz)
#define NFAssertSz7(t, psz, ...) NFAssertSz(t, psz)
#define NFAssertSz8(t, psz, ...) NFAssertSz(t, psz)
#define NFAssertSz9(t, psz, ...) NFAssertSz(t, psz)
#define SideAssertSz1(t, psz, ...) SideAssertSz(t, psz)
#define SideAssertSz2(t, psz, ...) SideAssertSz(t, psz)
#define SideAssertSz3(t, psz, ...) SideAssertSz(t, psz)
#define SideAssertSz4(t, psz, ...) SideAssertSz(t, psz)
#define SideAssertSz5(t, psz, ...) SideAssertSz(t, psz)
#define SideAssertSz6(t, psz, ...) SideAssertSz(t, psz)
#define SideAssertSz7(t, psz, ...) SideAssertSz(t, psz)
#define SideAssertSz8(t, psz, ...) SideAssertSz(t, psz)
#define SideAssertSz9(t, psz, ...) SideAssertSz(t, psz)
#define NFSideAssertSz1(t, psz, ...) NFSideAssertSz(t, psz)
#define NFSideAssertSz2(t, psz, ...) NFSideAssertSz(t, psz)
#define NFSideAssertSz3(t, psz, ...) NFSideAssertSz(t, psz)
#define NFSideAssertSz4(t, psz, ...) NFSideAssertSz(t, psz)
#define NFSideAssertSz5(t, psz, ...) NFSideAssertSz(t, psz)
#define NFSideAssertSz6(t, psz, ...) NFSideAssertSz(t, psz)
#define NFSideAssertSz7(t, psz, ...) NFSideAssertSz(t, psz)
#define NFSideAssertSz8(t, psz, ...) NFSideAssertSz(t, psz)
#define NFSideAssertSz9(t, psz, ...) NFSideAssertSz(t, psz)
#define TraceSz1(psz, ...) DebugTrace(psz "\n", __VA_ARGS__)
#define TraceSz2(psz, ...) DebugTrace(psz "\n", __VA_ARGS__)
#define TraceSz3(psz, ...) DebugTrace(psz "\n", __VA_ARGS__)
#define TraceSz4(psz, ...) DebugTrace(psz "\n", __VA_ARGS__)
#define TraceSz5(psz, ...) DebugTrace(psz "\n", __VA_ARGS__)
#define TraceSz6(psz, ...) DebugTrace(psz "\n", __VA_ARGS__)
#define TraceSz7(psz, ...) DebugTrace(psz "\n", __VA_ARGS__)
#define TraceSz8(psz, ...) DebugTrace(psz "\n", __VA_ARGS__)
#define TraceSz9(psz, ...) DebugTrace(psz "\n", __VA_ARGS__)

/* ---- Codes a function may answer: not checked here ------------------------------------------- */

#define ScCheckSc(sc, fn) (sc)
#define HrCheckHr(hr, fn) (hr)
#define HrCheckSc(sc, fn) ResultFromScode(sc)

/* ---- Names of numbers and watched memory: for source that mentions them ---------------------- */

#define DebugTraceProblems(sz, rgprob) ((void)0)
#define SzDecodeScode(_sc) ("")
#define SzDecodeUlPropType(_ulPropType) ("")
#define SzDecodeUlPropTag(_ulPropTag) ("")
#define UlPropTagFromSz(_sz) (0)
#define ScodeFromSz(_sz) (0)
#if defined(__cplusplus) && !defined(CINTERFACE)
#define DBGMEM_Encapsulate(pmalloc, pszSubsys, fCheckOften) ((pmalloc)->AddRef(), (pmalloc))
#define DBGMEM_Shutdown(pmalloc) ((pmalloc)->Release())
#else
#define DBGMEM_Encapsulate(pmalloc, pszSubsys, fCheckOften) \
    ((pmalloc)->lpVtbl->AddRef(pmalloc), (pmalloc))
#define DBGMEM_Shutdown(pmalloc) ((pmalloc)->lpVtbl->Release(pmalloc))
#endif
#define DBGMEM_CheckMem(pm, f)
#define DBGMEM_NoLeakDetect(pm, pv)
#define DBGMEM_SetFailureAt(pm, ul)

#endif /* __MAPIDBG_H_ */
