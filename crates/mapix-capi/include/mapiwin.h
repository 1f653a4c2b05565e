/*
 * mapiwin.h: the few calls of Windows that MAPI providers cannot do without: atomic counters,
 * critical sections, memory, and checks of pointers.
 *
 * A project that has its own windows.h keeps its own calls.
 */
#ifndef __MAPIWIN_H__
#define __MAPIWIN_H__

#include "mapiplat.h"
#include "mapinls.h"

#define szMAPIDLLSuffix ""

/* The globals of a library: one set for each process. pinstX is the library's own variable. */
#define PvGetInstanceGlobals() pinstX
#define ScSetInstanceGlobals(_pv) (pinstX = _pv, 0)
#define PvGetVerifyInstanceGlobals(_pid) pinstX
#define ScSetVerifyInstanceGlobals(_pv, _pid) (pinstX = _pv, 0)
#define PvSlowGetInstanceGlobals(_pid) pinstX

#ifdef MAPI_OWN_PLATFORM
#include <errno.h>
#include <pthread.h>
#include <time.h>
#include <unistd.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ZeroMemory(pb, cb) memset((pb), 0, (cb))
#define FillMemory(pb, cb, b) memset((pb), (b), (cb))
#define CopyMemory(pbDst, pbSrc, cb) memcpy((pbDst), (pbSrc), (cb))
#define MoveMemory(pbDst, pbSrc, cb) memmove((pbDst), (pbSrc), (cb))
#define UNALIGNED

/* Counters that threads share. */
static inline LONG InterlockedIncrement(volatile LONG *pl) { return __atomic_add_fetch(pl, 1, __ATOMIC_SEQ_CST); }
static inline LONG InterlockedDecrement(volatile LONG *pl) { return __atomic_sub_fetch(pl, 1, __ATOMIC_SEQ_CST); }
static inline LONG InterlockedExchange(volatile LONG *pl, LONG l) { return __atomic_exchange_n(pl, l, __ATOMIC_SEQ_CST); }
static inline LONG InterlockedExchangeAdd(volatile LONG *pl, LONG l) { return __atomic_fetch_add(pl, l, __ATOMIC_SEQ_CST); }
static inline LONG InterlockedCompareExchange(volatile LONG *pl, LONG lNew, LONG lIf)
{
    __atomic_compare_exchange_n(pl, &lIf, lNew, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    return lIf;
}

static inline DWORD GetCurrentProcessId(void) { return (DWORD)getpid(); }
static inline LONG MulDiv(int a, int b, int c)
{
    LONGLONG product = (LONGLONG)a * b;
    if (c == 0) return -1;
    return (LONG)((product + ((product < 0) == (c < 0) ? c / 2 : -(c / 2))) / c);
}
#define MULDIV(x, y, z) MulDiv(x, y, z)

static inline LONG CompareFileTime(const FILETIME *pftA, const FILETIME *pftB)
{
    ULONGLONG a = ((ULONGLONG)pftA->dwHighDateTime << 32) | pftA->dwLowDateTime;
    ULONGLONG b = ((ULONGLONG)pftB->dwHighDateTime << 32) | pftB->dwLowDateTime;
    return (a > b) - (a < b);
}

/*
 * Locks that their thread may take again, and the time. A strict -std=c99 hides what they are made
 * of; -std=gnu99 or -D_POSIX_C_SOURCE=200809L shows it.
 */
#if defined(_POSIX_C_SOURCE) && _POSIX_C_SOURCE >= 200809L
typedef pthread_mutex_t CRITICAL_SECTION, *LPCRITICAL_SECTION;
static inline void InitializeCriticalSection(LPCRITICAL_SECTION pcs)
{
    pthread_mutexattr_t attr;
    pthread_mutexattr_init(&attr);
    pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(pcs, &attr);
    pthread_mutexattr_destroy(&attr);
}
static inline void DeleteCriticalSection(LPCRITICAL_SECTION pcs) { pthread_mutex_destroy(pcs); }
static inline void EnterCriticalSection(LPCRITICAL_SECTION pcs) { pthread_mutex_lock(pcs); }
static inline BOOL TryEnterCriticalSection(LPCRITICAL_SECTION pcs) { return pthread_mutex_trylock(pcs) == 0; }
static inline void LeaveCriticalSection(LPCRITICAL_SECTION pcs) { pthread_mutex_unlock(pcs); }

/* 100 ns ticks since 1601. */
static inline void GetSystemTimeAsFileTime(LPFILETIME pft)
{
    struct timespec now;
    ULONGLONG ticks;
    clock_gettime(CLOCK_REALTIME, &now);
    ticks = (ULONGLONG)now.tv_sec * 10000000 + (ULONGLONG)now.tv_nsec / 100 + 116444736000000000ULL;
    pft->dwLowDateTime = (DWORD)ticks;
    pft->dwHighDateTime = (DWORD)(ticks >> 32);
}
#endif

#ifdef __cplusplus
}
#endif
#endif /* MAPI_OWN_PLATFORM */

/* ---- Sizes of strings ------------------------------------------------------------------------ */

#define Cbtszsize(_a) ((lstrlen(_a) + 1) * sizeof(TCHAR))
#define CbtszsizeA(_a) ((lstrlenA(_a) + 1))
#define CbtszsizeW(_a) ((lstrlenW(_a) + 1) * sizeof(WCHAR))
#define HexCchOf(_s) (sizeof(_s) * 2 + 1)
#define HexSizeOf(_s) (HexCchOf(_s) * sizeof(TCHAR))

#endif /* __MAPIWIN_H__ */
