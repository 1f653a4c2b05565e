/* The windows.h of a project: types of its own, under the guards that Windows headers use. */
#ifndef _WINDOWS_
#define _WINDOWS_
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define FAR
#define WINAPI
#define CALLBACK
#define STDMETHODCALLTYPE
#define STDAPICALLTYPE
#define __cdecl
#define VOID void
#define interface struct
#ifdef __cplusplus
#define EXTERN_C extern "C"
#else
#define EXTERN_C extern
#endif
#define STDAPI EXTERN_C HRESULT STDAPICALLTYPE
#define STDAPI_(type) EXTERN_C type STDAPICALLTYPE
#define STDMETHODIMP HRESULT STDMETHODCALLTYPE
#define STDMETHODIMP_(type) type STDMETHODCALLTYPE

typedef char CHAR;
typedef unsigned char BYTE, *LPBYTE;
typedef short SHORT;
typedef unsigned short USHORT, WORD;
typedef int INT, LONG, BOOL, HRESULT, SCODE;
typedef unsigned int UINT, ULONG, DWORD, LCID, *LPULONG;
typedef long long LONGLONG;
typedef unsigned long long ULONGLONG;
typedef intptr_t LONG_PTR, LPARAM, INT_PTR;
typedef uintptr_t ULONG_PTR, DWORD_PTR, WPARAM;
typedef size_t SIZE_T;
#define _LPULONG_DEFINED
#ifdef __cplusplus
typedef wchar_t WCHAR;
#else
typedef __WCHAR_TYPE__ WCHAR;
#endif
typedef CHAR TCHAR, *LPSTR, *LPTSTR;
typedef const CHAR *LPCSTR, *LPCTSTR;
typedef WCHAR OLECHAR, *LPWSTR, *LPOLESTR;
typedef const WCHAR *LPCWSTR, *LPCOLESTR;
typedef void *LPVOID, *HANDLE, *HWND, *HINSTANCE, *HICON, *HGLOBAL;
typedef const void *LPCVOID;
typedef INT_PTR (*FARPROC)(void);
typedef INT_PTR (*DLGPROC)(HWND, UINT, WPARAM, LPARAM);

typedef struct { LONG left, top, right, bottom; } RECT;
typedef const RECT *LPCRECT;
#define _FILETIME_
typedef struct _FILETIME { DWORD dwLowDateTime, dwHighDateTime; } FILETIME, *LPFILETIME;
typedef union { LONGLONG QuadPart; } LARGE_INTEGER;
typedef union { ULONGLONG QuadPart; } ULARGE_INTEGER;

#define GUID_DEFINED
typedef struct _GUID { ULONG Data1; WORD Data2, Data3; BYTE Data4[8]; } GUID, IID, CLSID, *LPGUID, *LPCLSID;
#define DEFINE_GUID(name, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8) EXTERN_C const GUID name
#define DEFINE_OLEGUID(name, l, w1, w2) EXTERN_C const GUID name
#ifdef __cplusplus
#define REFIID const IID &
#else
#define REFIID const IID *
#endif

#define TRUE 1
#define FALSE 0
#define SUCCEEDED(hr) ((hr) >= 0)
#define FAILED(hr) ((hr) < 0)
#define FACILITY_ITF 4
#define ResultFromScode(sc) (sc)
#define GetScode(hr) (hr)

#ifdef __cplusplus
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
#define DECLARE_INTERFACE(iface)             \
    typedef interface iface iface;           \
    typedef struct iface##Vtbl iface##Vtbl;  \
    interface iface { iface##Vtbl *lpVtbl; }; \
    struct iface##Vtbl
#define DECLARE_INTERFACE_(iface, base) DECLARE_INTERFACE(iface)
#endif
#define BEGIN_INTERFACE

#define __IUnknown_INTERFACE_DEFINED__
#undef INTERFACE
#define INTERFACE IUnknown
DECLARE_INTERFACE(IUnknown)
{
    STDMETHOD(QueryInterface)(THIS_ REFIID riid, void **ppvObject) PURE;
    STDMETHOD_(ULONG, AddRef)(THIS) PURE;
    STDMETHOD_(ULONG, Release)(THIS) PURE;
};
typedef IUnknown *LPUNKNOWN;

typedef struct tagSTATSTG { LPOLESTR pwcsName; DWORD type; } STATSTG;
typedef LPOLESTR *SNB;
#endif
