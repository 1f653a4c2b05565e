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
/* a * b / c, rounded; -1 for what is not a number or none of 32 bits. */
static inline LONG MulDiv(int a, int b, int c)
{
    LONGLONG product = (LONGLONG)a * b, result;
    if (c == 0) return -1;
    result = (product + ((product < 0) == (c < 0) ? c / 2 : -(c / 2))) / c;
    return result == (LONG)result ? (LONG)result : -1;
}
#define MULDIV(x, y, z) MulDiv(x, y, z)

static inline LONG CompareFileTime(const FILETIME *pftA, const FILETIME *pftB)
{
    ULONGLONG a = ((ULONGLONG)pftA->dwHighDateTime << 32) | pftA->dwLowDateTime;
    ULONGLONG b = ((ULONGLONG)pftB->dwHighDateTime << 32) | pftB->dwLowDateTime;
    return (a > b) - (a < b);
}

/* Days from 1601-01-01 to a date of the calendar of today; months may run over. */
static inline LONGLONG MapiDays(LONGLONG year, int month, int day)
{
    LONGLONG y = month <= 2 ? year - 1 : year; /* a year begins in March */
    return y * 365 + y / 4 - y / 100 + y / 400 + (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 584695;
}

/* From 1601 to 30827, as on Windows. */
static inline BOOL SystemTimeToFileTime(const SYSTEMTIME *pst, LPFILETIME pft)
{
    ULONGLONG ticks;
    if (pst->wYear < 1601 || pst->wYear > 30827 || pst->wMonth < 1 || pst->wMonth > 12 || pst->wDay < 1 ||
        MapiDays(pst->wYear, pst->wMonth, pst->wDay) >=
            MapiDays(pst->wYear + pst->wMonth / 12, pst->wMonth % 12 + 1, 1) ||
        pst->wHour > 23 || pst->wMinute > 59 || pst->wSecond > 59 || pst->wMilliseconds > 999)
        return FALSE;
    ticks = (ULONGLONG)MapiDays(pst->wYear, pst->wMonth, pst->wDay) * 86400 + pst->wHour * 3600 + pst->wMinute * 60 +
        pst->wSecond;
    ticks = ticks * 10000000 + pst->wMilliseconds * 10000;
    pft->dwLowDateTime = (DWORD)ticks;
    pft->dwHighDateTime = (DWORD)(ticks >> 32);
    return TRUE;
}

static inline BOOL FileTimeToSystemTime(const FILETIME *pft, SYSTEMTIME *pst)
{
    ULONGLONG ticks = ((ULONGLONG)pft->dwHighDateTime << 32) | pft->dwLowDateTime;
    LONGLONG days = (LONGLONG)(ticks / 864000000000ULL), year, month;
    if (ticks >> 63) return FALSE;
    year = 1601 + days / 366;
    while (MapiDays(year + 1, 1, 1) <= days) year++;
    for (month = 1; month < 12 && MapiDays(year, (int)month + 1, 1) <= days;) month++;
    pst->wYear = (WORD)year;
    pst->wMonth = (WORD)month;
    pst->wDay = (WORD)(days - MapiDays(year, (int)month, 1) + 1);
    pst->wDayOfWeek = (WORD)((days + 1) % 7);
    ticks = ticks / 10000 % 86400000;
    pst->wMilliseconds = (WORD)(ticks % 1000);
    pst->wSecond = (WORD)(ticks / 1000 % 60);
    pst->wMinute = (WORD)(ticks / 60000 % 60);
    pst->wHour = (WORD)(ticks / 3600000);
    return TRUE;
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
