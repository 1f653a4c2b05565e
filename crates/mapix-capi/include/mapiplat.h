/*
 * mapiplat.h: the types and macros that MAPI headers take from <windows.h>, and no more.
 *
 * A project that has its own <windows.h> (Wine's, a compatibility layer) includes it first, or
 * defines MAPI_NO_PLATFORM, and this header steps aside. Interfaces that such a header declares
 * are not declared again (see mapicom.h).
 *
 * Sizes are those of Windows, not of this system: LONG and ULONG have 32 bits, WCHAR has 16.
 */
#ifndef MAPIPLAT_H
#define MAPIPLAT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if !defined(MAPI_NO_PLATFORM) && !defined(_WINDOWS_) && !defined(_WINDEF_) && \
    !defined(_MINWINDEF_)
#define MAPI_OWN_PLATFORM

/* ---- Words of the compiler ------------------------------------------------------------------- */

#ifndef FAR
#define FAR
#endif
#ifndef NEAR
#define NEAR
#endif
#ifndef CONST
#define CONST const
#endif
#ifndef VOID
#define VOID void
#endif

/* One calling convention, the platform's, whatever Windows calls it. */
#define PASCAL
#define WINAPI
#define CALLBACK
#define APIENTRY
#define STDMETHODCALLTYPE
#define STDMETHODVCALLTYPE
#define STDAPICALLTYPE
#define STDAPIVCALLTYPE
#ifndef __cdecl
#define __cdecl
#endif
#ifndef __stdcall
#define __stdcall
#endif

#ifdef __cplusplus
#define EXTERN_C extern "C"
#else
#define EXTERN_C extern
#endif

/* ---- Numbers --------------------------------------------------------------------------------- */

typedef char CHAR;
typedef unsigned char UCHAR;
typedef unsigned char BYTE;
typedef int16_t SHORT;
typedef uint16_t USHORT;
typedef uint16_t WORD;
typedef int INT;
typedef unsigned int UINT;
typedef int32_t LONG;
typedef uint32_t ULONG;
typedef uint32_t DWORD;
typedef int64_t LONGLONG;
typedef uint64_t ULONGLONG;
typedef uint64_t DWORDLONG;
typedef int64_t INT64;
typedef uint64_t UINT64;
typedef int32_t INT32;
typedef uint32_t UINT32;
typedef int BOOL;
typedef BYTE BOOLEAN;
typedef float FLOAT;
typedef double DOUBLE;
typedef intptr_t INT_PTR;
typedef intptr_t LONG_PTR;
typedef uintptr_t UINT_PTR;
typedef uintptr_t ULONG_PTR;
typedef uintptr_t DWORD_PTR;
typedef size_t SIZE_T;

#ifndef TRUE
#define FALSE 0
#define TRUE 1
#endif

/* ---- Characters: 16 bits, so that wide strings are those of the ABI -------------------------- */

/* With -fshort-wchar WCHAR is wchar_t and L"..." fits. Without, u"..." does. */
#if defined(__SIZEOF_WCHAR_T__) && __SIZEOF_WCHAR_T__ == 2
#ifdef __cplusplus
typedef wchar_t WCHAR;
#else
typedef __WCHAR_TYPE__ WCHAR;
#endif
#define MAPI_WIDE(text) L##text
#else
#ifdef __cplusplus
typedef char16_t WCHAR;
#else
typedef uint16_t WCHAR;
#endif
#define MAPI_WIDE(text) u##text
#endif

#ifdef UNICODE
typedef WCHAR TCHAR;
#define __TEXT(text) MAPI_WIDE(text)
#else
typedef CHAR TCHAR;
#define __TEXT(text) text
#endif
#define TEXT(text) __TEXT(text)

typedef WCHAR OLECHAR;
#define OLESTR(text) MAPI_WIDE(text)

/* ---- Pointers and handles -------------------------------------------------------------------- */

typedef void *PVOID, *LPVOID;
typedef const void *LPCVOID;
typedef CHAR *PSTR, *LPSTR;
typedef const CHAR *PCSTR, *LPCSTR;
typedef WCHAR *PWSTR, *LPWSTR, *PWCHAR;
typedef const WCHAR *PCWSTR, *LPCWSTR;
typedef TCHAR *PTSTR, *LPTSTR;
typedef const TCHAR *PCTSTR, *LPCTSTR;
typedef OLECHAR *LPOLESTR;
typedef const OLECHAR *LPCOLESTR;
typedef BYTE *PBYTE, *LPBYTE;
typedef WORD *PWORD, *LPWORD;
typedef INT *LPINT;
typedef LONG *PLONG, *LPLONG;
typedef ULONG *PULONG, *LPULONG;
typedef DWORD *PDWORD, *LPDWORD;
typedef BOOL *PBOOL, *LPBOOL;

/* The guard that mapi.h and mapidefs.h of other origin look for. */
#define _LPULONG_DEFINED

typedef void *HANDLE, **LPHANDLE;
typedef HANDLE HGLOBAL;
#define DECLARE_HANDLE(name) typedef struct name##__ *name
DECLARE_HANDLE(HINSTANCE);
DECLARE_HANDLE(HWND);
DECLARE_HANDLE(HICON);
typedef HINSTANCE HMODULE;
#define INVALID_HANDLE_VALUE ((HANDLE)(LONG_PTR)-1)

typedef UINT_PTR WPARAM;
typedef LONG_PTR LPARAM;
typedef LONG_PTR LRESULT;
typedef INT_PTR (CALLBACK *FARPROC)(void);
typedef INT_PTR (CALLBACK *DLGPROC)(HWND, UINT, WPARAM, LPARAM);

typedef DWORD LCID;
typedef WORD LANGID;
typedef WORD VARTYPE;

#ifndef MAX_PATH
#define MAX_PATH 260
#endif

#define LOWORD(l) ((WORD)((DWORD_PTR)(l) & 0xFFFF))
#define HIWORD(l) ((WORD)(((DWORD_PTR)(l) >> 16) & 0xFFFF))
#define LOBYTE(w) ((BYTE)((DWORD_PTR)(w) & 0xFF))
#define HIBYTE(w) ((BYTE)(((DWORD_PTR)(w) >> 8) & 0xFF))
#define MAKEWORD(low, high) ((WORD)((BYTE)(low) | ((WORD)((BYTE)(high)) << 8)))
#define MAKELONG(low, high) ((LONG)((WORD)(low) | ((DWORD)((WORD)(high)) << 16)))

/* ---- Structures ------------------------------------------------------------------------------ */

#ifndef _FILETIME_
#define _FILETIME_

/* 100 ns ticks since 1601-01-01 UTC. */
typedef struct _FILETIME {
    DWORD dwLowDateTime;
    DWORD dwHighDateTime;
} FILETIME, *PFILETIME, *LPFILETIME;
#endif

typedef struct _SYSTEMTIME {
    WORD wYear;
    WORD wMonth;
    WORD wDayOfWeek;
    WORD wDay;
    WORD wHour;
    WORD wMinute;
    WORD wSecond;
    WORD wMilliseconds;
} SYSTEMTIME, *PSYSTEMTIME, *LPSYSTEMTIME;

/* The halves have a name (u) in every language, and none where the compiler lets them. */
typedef union _LARGE_INTEGER {
    __extension__ struct {
        DWORD LowPart;
        LONG HighPart;
    };
    struct {
        DWORD LowPart;
        LONG HighPart;
    } u;
    LONGLONG QuadPart;
} LARGE_INTEGER, *PLARGE_INTEGER;

typedef union _ULARGE_INTEGER {
    __extension__ struct {
        DWORD LowPart;
        DWORD HighPart;
    };
    struct {
        DWORD LowPart;
        DWORD HighPart;
    } u;
    ULONGLONG QuadPart;
} ULARGE_INTEGER, *PULARGE_INTEGER;

typedef struct tagPOINT {
    LONG x;
    LONG y;
} POINT, *PPOINT, *LPPOINT;

typedef struct tagRECT {
    LONG left;
    LONG top;
    LONG right;
    LONG bottom;
} RECT, *PRECT, *LPRECT;
typedef const RECT *LPCRECT;

/* ---- GUID ------------------------------------------------------------------------------------ */

#ifndef GUID_DEFINED
#define GUID_DEFINED

typedef struct _GUID {
    uint32_t Data1;
    uint16_t Data2;
    uint16_t Data3;
    uint8_t Data4[8];
} GUID;
#endif
typedef GUID *LPGUID;
typedef const GUID *LPCGUID;
typedef GUID IID;
typedef IID *LPIID;
typedef GUID CLSID;
typedef CLSID *LPCLSID;

#ifdef __cplusplus
#define REFGUID const GUID &
#define REFIID const IID &
#define REFCLSID const CLSID &
inline bool IsEqualGUID(REFGUID a, REFGUID b) { return memcmp(&a, &b, sizeof(GUID)) == 0; }
inline bool operator==(REFGUID a, REFGUID b) { return memcmp(&a, &b, sizeof(GUID)) == 0; }
inline bool operator!=(REFGUID a, REFGUID b) { return memcmp(&a, &b, sizeof(GUID)) != 0; }
#else
#define REFGUID const GUID *
#define REFIID const IID *
#define REFCLSID const CLSID *
#define IsEqualGUID(a, b) (memcmp((a), (b), sizeof(GUID)) == 0)
#endif
#define InlineIsEqualGUID(a, b) IsEqualGUID(a, b)
#define IsEqualIID(a, b) IsEqualGUID(a, b)
#define IsEqualCLSID(a, b) IsEqualGUID(a, b)

/* A constant that may be defined in many files: the linker keeps one. */
#define DECLSPEC_SELECTANY __attribute__((weak))
#define MAPI_GUID_BYTES(l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8) \
    { l, w1, w2, { b1, b2, b3, b4, b5, b6, b7, b8 } }
#define DEFINE_OLEGUID(name, l, w1, w2) \
    DEFINE_GUID(name, l, w1, w2, 0xC0, 0, 0, 0, 0, 0, 0, 0x46)

/* ---- Status codes ---------------------------------------------------------------------------- */

typedef LONG HRESULT;
typedef LONG SCODE;
typedef SCODE *PSCODE;

#define SUCCEEDED(hr) ((HRESULT)(hr) >= 0)
#define FAILED(hr) ((HRESULT)(hr) < 0)
#define IS_ERROR(hr) ((ULONG)(hr) >> 31 == SEVERITY_ERROR)

#define SEVERITY_SUCCESS 0
#define SEVERITY_ERROR 1
#define FACILITY_NULL 0
#define FACILITY_RPC 1
#define FACILITY_DISPATCH 2
#define FACILITY_STORAGE 3
#define FACILITY_ITF 4
#define FACILITY_WIN32 7
#define FACILITY_WINDOWS 8

#define MAKE_HRESULT(severity, facility, code) \
    ((HRESULT)(((ULONG)(severity) << 31) | ((ULONG)(facility) << 16) | ((ULONG)(code))))
#define MAKE_SCODE(severity, facility, code) \
    ((SCODE)(((ULONG)(severity) << 31) | ((ULONG)(facility) << 16) | ((ULONG)(code))))
#define HRESULT_CODE(hr) ((hr) & 0xFFFF)
#define HRESULT_FACILITY(hr) (((hr) >> 16) & 0x1FFF)
#define HRESULT_SEVERITY(hr) (((hr) >> 31) & 1)
#define SCODE_CODE(sc) ((sc) & 0xFFFF)
#define SCODE_FACILITY(sc) (((sc) >> 16) & 0x1FFF)
#define SCODE_SEVERITY(sc) (((sc) >> 31) & 1)
#define HRESULT_FROM_WIN32(error) \
    ((HRESULT)(error) <= 0 ? (HRESULT)(error) : MAKE_HRESULT(1, FACILITY_WIN32, (error) & 0xFFFF))
#define GetScode(hr) ((SCODE)(hr))
#define ResultFromScode(sc) ((HRESULT)(sc))
#define PropagateResult(hrPrevious, sc) ((HRESULT)(sc))

#define NOERROR 0
#define ERROR_SUCCESS 0
#define S_OK ((HRESULT)0)
#define S_FALSE ((HRESULT)1)
#define E_PENDING ((HRESULT)0x8000000A)
#define E_NOTIMPL ((HRESULT)0x80004001)
#define E_NOINTERFACE ((HRESULT)0x80004002)
#define E_POINTER ((HRESULT)0x80004003)
#define E_ABORT ((HRESULT)0x80004004)
#define E_FAIL ((HRESULT)0x80004005)
#define E_UNEXPECTED ((HRESULT)0x8000FFFF)
#define E_ACCESSDENIED ((HRESULT)0x80070005)
#define E_HANDLE ((HRESULT)0x80070006)
#define E_OUTOFMEMORY ((HRESULT)0x8007000E)
#define E_INVALIDARG ((HRESULT)0x80070057)
#define CLASS_E_NOAGGREGATION ((HRESULT)0x80040110)
#define CLASS_E_CLASSNOTAVAILABLE ((HRESULT)0x80040111)
#define CO_E_NOTINITIALIZED ((HRESULT)0x800401F0)
#define CO_E_CLASSSTRING ((HRESULT)0x800401F3)
#define OLEOBJ_S_CANNOT_DOVERB_NOW ((HRESULT)0x00040181)
#define REGDB_E_WRITEREGDB ((HRESULT)0x80040151)
#define REGDB_E_CLASSNOTREG ((HRESULT)0x80040154)
#define STG_S_CONVERTED ((HRESULT)0x00030200)
#define STG_S_BLOCK ((HRESULT)0x00030201)
#define STG_S_RETRYNOW ((HRESULT)0x00030202)
#define STG_S_MONITORING ((HRESULT)0x00030203)
#define STG_S_MULTIPLEOPENS ((HRESULT)0x00030204)
#define STG_S_CANNOTCONSOLIDATE ((HRESULT)0x00030206)
#define STG_E_INVALIDFUNCTION ((HRESULT)0x80030001)
#define STG_E_FILENOTFOUND ((HRESULT)0x80030002)
#define STG_E_PATHNOTFOUND ((HRESULT)0x80030003)
#define STG_E_TOOMANYOPENFILES ((HRESULT)0x80030004)
#define STG_E_ACCESSDENIED ((HRESULT)0x80030005)
#define STG_E_INVALIDHANDLE ((HRESULT)0x80030006)
#define STG_E_INSUFFICIENTMEMORY ((HRESULT)0x80030008)
#define STG_E_INVALIDPOINTER ((HRESULT)0x80030009)
#define STG_E_NOMOREFILES ((HRESULT)0x80030012)
#define STG_E_DISKISWRITEPROTECTED ((HRESULT)0x80030013)
#define STG_E_SEEKERROR ((HRESULT)0x80030019)
#define STG_E_WRITEFAULT ((HRESULT)0x8003001D)
#define STG_E_READFAULT ((HRESULT)0x8003001E)
#define STG_E_SHAREVIOLATION ((HRESULT)0x80030020)
#define STG_E_LOCKVIOLATION ((HRESULT)0x80030021)
#define STG_E_FILEALREADYEXISTS ((HRESULT)0x80030050)
#define STG_E_INVALIDPARAMETER ((HRESULT)0x80030057)
#define STG_E_MEDIUMFULL ((HRESULT)0x80030070)
#define STG_E_PROPSETMISMATCHED ((HRESULT)0x800300F0)
#define STG_E_ABNORMALAPIEXIT ((HRESULT)0x800300FA)
#define STG_E_INVALIDHEADER ((HRESULT)0x800300FB)
#define STG_E_INVALIDNAME ((HRESULT)0x800300FC)
#define STG_E_UNKNOWN ((HRESULT)0x800300FD)
#define STG_E_UNIMPLEMENTEDFUNCTION ((HRESULT)0x800300FE)
#define STG_E_INVALIDFLAG ((HRESULT)0x800300FF)
#define STG_E_INUSE ((HRESULT)0x80030100)
#define STG_E_NOTCURRENT ((HRESULT)0x80030101)
#define STG_E_REVERTED ((HRESULT)0x80030102)
#define STG_E_CANTSAVE ((HRESULT)0x80030103)
#define STG_E_OLDFORMAT ((HRESULT)0x80030104)
#define STG_E_OLDDLL ((HRESULT)0x80030105)
#define STG_E_SHAREREQUIRED ((HRESULT)0x80030106)
#define STG_E_NOTFILEBASEDSTORAGE ((HRESULT)0x80030107)
#define STG_E_EXTANTMARSHALLINGS ((HRESULT)0x80030108)
#define STG_E_DOCFILECORRUPT ((HRESULT)0x80030109)
#define STG_E_BADBASEADDRESS ((HRESULT)0x80030110)
#define STG_E_DOCFILETOOLARGE ((HRESULT)0x80030111)
#define STG_E_NOTSIMPLEFORMAT ((HRESULT)0x80030112)
#define STG_E_INCOMPLETE ((HRESULT)0x80030201)
#define STG_E_TERMINATED ((HRESULT)0x80030202)

/* ---- Interfaces, as C structures of functions and as C++ classes ----------------------------- */

#ifndef interface
#define interface struct
#endif

#define STDAPI EXTERN_C HRESULT STDAPICALLTYPE
#define STDAPI_(type) EXTERN_C type STDAPICALLTYPE
#define STDMETHODIMP HRESULT STDMETHODCALLTYPE
#define STDMETHODIMP_(type) type STDMETHODCALLTYPE

#if defined(__cplusplus) && !defined(CINTERFACE)
#define STDMETHOD(method) virtual HRESULT STDMETHODCALLTYPE method
#define STDMETHOD_(type, method) virtual type STDMETHODCALLTYPE method
#define PURE = 0
#define THIS_
#define THIS void
#define DECLARE_INTERFACE(iface) interface iface
#define DECLARE_INTERFACE_(iface, base) interface iface : public base
#else
#define STDMETHOD(method) HRESULT (STDMETHODCALLTYPE *method)
#define STDMETHOD_(type, method) type (STDMETHODCALLTYPE *method)
#define PURE
#define THIS_ INTERFACE *This,
#define THIS INTERFACE *This
#ifdef CONST_VTABLE
#define CONST_VTBL const
#else
#define CONST_VTBL
#endif

/* A typedef that may stand more than once, in C99 too. */
#ifdef __clang__
#define MAPI_TYPEDEF_AGAIN(...)                                  \
    _Pragma("clang diagnostic push")                             \
    _Pragma("clang diagnostic ignored \"-Wtypedef-redefinition\"") \
    typedef __VA_ARGS__;                                         \
    _Pragma("clang diagnostic pop")
#else
#define MAPI_TYPEDEF_AGAIN(...) __extension__ typedef __VA_ARGS__;
#endif
#define DECLARE_INTERFACE(iface)                                \
    MAPI_TYPEDEF_AGAIN(interface iface iface)                   \
    MAPI_TYPEDEF_AGAIN(struct iface##Vtbl iface##Vtbl)          \
    interface iface { CONST_VTBL struct iface##Vtbl *lpVtbl; }; \
    struct iface##Vtbl
#define DECLARE_INTERFACE_(iface, base) DECLARE_INTERFACE(iface)
#endif
#ifndef BEGIN_INTERFACE
#define BEGIN_INTERFACE
#define END_INTERFACE
#endif

#endif /* MAPI_OWN_PLATFORM */

#include "mapicom.h"
#endif /* MAPIPLAT_H */

/*
 * DEFINE_GUID declares a GUID, or with INITGUID defines it. INITGUID may appear between two
 * inclusions, so this part is read each time.
 */
#ifdef MAPI_OWN_PLATFORM
#undef DEFINE_GUID
#ifdef INITGUID
#define DEFINE_GUID(name, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8) \
    EXTERN_C const GUID name DECLSPEC_SELECTANY;                     \
    const GUID name = MAPI_GUID_BYTES(l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8)
#else
#define DEFINE_GUID(name, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8) EXTERN_C const GUID name
#endif
#endif
