/* What mapiwin.h gives of Windows does what it does there. Also compiled as C++. */
#include "mapix.h"
#include "mapiwin.h"
#include <stdio.h>
#include <stdlib.h>

#define EXPECT(condition)                                            \
    do {                                                             \
        if (!(condition)) {                                          \
            printf("line %d: not so: %s\n", __LINE__, #condition);   \
            exit(1);                                                 \
        }                                                            \
    } while (0)

static LONG l;
static CRITICAL_SECTION cs;

static void *Count(void *lpvDone)
{
    int i;
    for (i = 0; i < 100000; i++) {
        InterlockedIncrement(&l);
        EnterCriticalSection(&cs);
        ++*(int *)lpvDone;
        LeaveCriticalSection(&cs);
    }
    return NULL;
}

static void Interlocked(void)
{
    LONG at = 5;
    EXPECT(InterlockedIncrement(&at) == 6 && InterlockedDecrement(&at) == 5);
    EXPECT(InterlockedExchange(&at, 7) == 5 && at == 7);
    EXPECT(InterlockedExchangeAdd(&at, 3) == 7 && at == 10);
    EXPECT(InterlockedCompareExchange(&at, 1, 9) == 10 && at == 10);
    EXPECT(InterlockedCompareExchange(&at, 1, 10) == 10 && at == 1);
}

static void Locks(void)
{
    pthread_t a, b;
    int cDone = 0;
    InitializeCriticalSection(&cs);
    EnterCriticalSection(&cs);
    EXPECT(TryEnterCriticalSection(&cs));
    LeaveCriticalSection(&cs);
    LeaveCriticalSection(&cs);
    EXPECT(pthread_create(&a, NULL, Count, &cDone) == 0 && pthread_create(&b, NULL, Count, &cDone) == 0);
    pthread_join(a, NULL);
    pthread_join(b, NULL);
    EXPECT(l == 200000 && cDone == 200000);
    DeleteCriticalSection(&cs);
}

static void Times(void)
{
    SYSTEMTIME st, back;
    FILETIME ft, later;
    ULONGLONG ticks;
    memset(&st, 0, sizeof(st));
    st.wYear = 2024, st.wMonth = 2, st.wDay = 29, st.wHour = 12, st.wMinute = 34, st.wSecond = 56;
    st.wMilliseconds = 789, st.wDayOfWeek = 4;
    EXPECT(SystemTimeToFileTime(&st, &ft));
    ticks = ((ULONGLONG)ft.dwHighDateTime << 32) | ft.dwLowDateTime;
    /* 1709210096 seconds after 1970. */
    EXPECT(ticks == (1709210096ULL + 11644473600ULL) * 10000000 + 7890000);
    EXPECT(FileTimeToSystemTime(&ft, &back) && memcmp(&st, &back, sizeof(st)) == 0);
    st.wYear = 2023;
    EXPECT(!SystemTimeToFileTime(&st, &ft));
    st.wMonth = 12, st.wDay = 31;
    EXPECT(SystemTimeToFileTime(&st, &ft) && FileTimeToSystemTime(&ft, &back));
    EXPECT(back.wMonth == 12 && back.wDay == 31 && back.wDayOfWeek == 0);
    st.wDay = 32;
    EXPECT(!SystemTimeToFileTime(&st, &ft));
    ft.dwLowDateTime = ft.dwHighDateTime = 0;
    EXPECT(FileTimeToSystemTime(&ft, &back) && back.wYear == 1601 && back.wMonth == 1 && back.wDay == 1);
    EXPECT(back.wDayOfWeek == 1);
    ft.dwLowDateTime = 0xFFFFFFFF, ft.dwHighDateTime = 0x7FFFFFFF;
    EXPECT(FileTimeToSystemTime(&ft, &back) && back.wYear == 30828 && back.wMonth == 9 && back.wDay == 14);
    later = ft;
    later.dwHighDateTime = 0x80000000;
    EXPECT(!FileTimeToSystemTime(&later, &back));
    EXPECT(CompareFileTime(&ft, &later) == -1 && CompareFileTime(&later, &ft) == 1);
    EXPECT(CompareFileTime(&ft, &ft) == 0);
    GetSystemTimeAsFileTime(&ft);
    EXPECT(FileTimeToSystemTime(&ft, &back) && back.wYear > 2024);
}

static void Numbers(void)
{
    EXPECT(MulDiv(7, 3, 2) == 11 && MulDiv(-7, 3, 2) == -11 && MulDiv(7, 3, -2) == -11);
    EXPECT(MulDiv(2000000000, 3, 4) == 1500000000 && MulDiv(1, 1, 0) == -1);
    EXPECT(MulDiv(2147483647, 2147483647, 1) == -1);
    EXPECT(MAKELONG(0x5678, 0x1234) == 0x12345678 && HIWORD(0x12345678) == 0x1234);
    EXPECT(HR_FAILED(MAPI_E_NOT_FOUND) && HR_SUCCEEDED(MAPI_W_ERRORS_RETURNED));
    EXPECT(HRESULT_CODE(MAPI_E_NOT_FOUND) == 0x10F && HRESULT_FACILITY(MAPI_E_NOT_FOUND) == FACILITY_ITF);
    EXPECT(HRESULT_FROM_WIN32(5) == E_ACCESSDENIED && HRESULT_FROM_WIN32(0) == S_OK);
    EXPECT(CHANGE_PROP_TYPE(PR_SUBJECT_W, PT_ERROR) == 0x0037000A && FIsTransmittable(PR_SUBJECT));
    EXPECT(!FIsTransmittable(PR_MESSAGE_FLAGS));
}

int main(void)
{
    Interlocked();
    Locks();
    Times();
    Numbers();
    return 0;
}
