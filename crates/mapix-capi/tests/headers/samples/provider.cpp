/* The skeleton of a message store provider in C++, as one is written for Windows. */
#define INITGUID
#define USES_IID_IMSProvider
#define USES_IID_IMSLogon
#define USES_IID_IMAPIProp
#include "mapispi.h"
#include "mapidbg.h"
#include "mapiutil.h"
#include "mapival.h"
#include "mapiwin.h"
#include "edkmdb.h"

class Logon;

class Provider : public IMSProvider {
public:
    MAPI_IUNKNOWN_METHODS(IMPL)
    MAPI_IMSPROVIDER_METHODS(IMPL)
    Provider() : m_cRef(1) {}
    virtual ~Provider() {}

private:
    LONG m_cRef;
};

class Logon : public IMSLogon {
public:
    MAPI_IUNKNOWN_METHODS(IMPL)
    MAPI_IMSLOGON_METHODS(IMPL)
};

/* A store, down to the last method, to see that the lists of methods are complete. */
class Store : public IMsgStore {
public:
    MAPI_IUNKNOWN_METHODS(IMPL)
    MAPI_IMAPIPROP_METHODS(IMPL)
    MAPI_IMSGSTORE_METHODS(IMPL)
};

STDMETHODIMP Provider::QueryInterface(REFIID riid, LPVOID *ppvObj)
{
    Validate_IUnknown_QueryInterface(this, riid, ppvObj);
    if (riid == IID_IUnknown || IsEqualIID(riid, IID_IMSProvider)) {
        AddRef();
        *ppvObj = static_cast<IMSProvider *>(this);
        return hrSuccess;
    }
    *ppvObj = NULL;
    return ResultFromScode(MAPI_E_INTERFACE_NOT_SUPPORTED);
}

STDMETHODIMP_(ULONG) Provider::AddRef() { return static_cast<ULONG>(InterlockedIncrement(&m_cRef)); }

STDMETHODIMP_(ULONG) Provider::Release()
{
    LONG c = InterlockedDecrement(&m_cRef);
    if (c == 0) delete this;
    return static_cast<ULONG>(c);
}

STDMETHODIMP Provider::Shutdown(ULONG *lpulFlags)
{
    CheckParameters_IMSProvider_Shutdown(this, lpulFlags);
    return lpulFlags ? hrSuccess : MAPI_E_INVALID_PARAMETER;
}

STDMETHODIMP Provider::Logon(LPMAPISUP lpMAPISup, ULONG_PTR, LPTSTR, ULONG cbEntryID, LPENTRYID lpEntryID,
    ULONG ulFlags, LPCIID, ULONG *, LPBYTE *, LPMAPIERROR *lppMAPIError, LPMSLOGON *lppMSLogon, LPMDB *lppMDB)
{
    static const MAPIUID uid = { { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 } };
    SizedSPropTagArray(2, tags) = { 2, { PR_DISPLAY_NAME, PR_ENTRYID } };
    LPPROFSECT lpSection = NULL;
    if (cbEntryID && lpEntryID && !(ulFlags & MDB_WRITE)) return MAPI_E_FAILONEPROVIDER;
    HRESULT hr = lpMAPISup->OpenProfileSection(const_cast<LPMAPIUID>(&uid), MAPI_MODIFY, &lpSection);
    if (HR_FAILED(hr)) return hr;
    ULONG cValues = 0;
    LPSPropValue lpProps = NULL;
    hr = lpSection->GetProps(reinterpret_cast<LPSPropTagArray>(&tags), fMapiUnicode, &cValues, &lpProps);
    DebugTraceResult(GetProps, hr);
    TraceSz1("%u values", cValues);
    AssertSz(cValues <= 2, "more than asked for");
    if (lppMAPIError) *lppMAPIError = NULL;
    *lppMSLogon = NULL;
    *lppMDB = NULL;
    lpSection->Release();
    return hr;
}

STDMETHODIMP Provider::SpoolerLogon(LPMAPISUP, ULONG_PTR, LPTSTR, ULONG, LPENTRYID, ULONG, LPCIID, ULONG, LPBYTE,
    LPMAPIERROR *, LPMSLOGON *, LPMDB *)
{
    return MAPI_E_NO_SUPPORT;
}

STDMETHODIMP Provider::CompareStoreIDs(ULONG cbEntryID1, LPENTRYID lpEntryID1, ULONG cbEntryID2,
    LPENTRYID lpEntryID2, ULONG ulFlags, ULONG *lpulResult)
{
    if (ulFlags) return MAPI_E_UNKNOWN_FLAGS;
    *lpulResult = cbEntryID1 == cbEntryID2 && memcmp(lpEntryID1, lpEntryID2, cbEntryID1) == 0;
    return S_OK;
}

static CRITICAL_SECTION csInit;

STDINITMETHODIMP MSProviderInit(HINSTANCE, LPMALLOC, LPALLOCATEBUFFER lpAllocateBuffer, LPALLOCATEMORE,
    LPFREEBUFFER, ULONG, ULONG ulMAPIVer, ULONG *lpulProviderVer, LPMSPROVIDER *lppMSProvider)
{
    *lpulProviderVer = CURRENT_SPI_VERSION;
    if (ulMAPIVer < CURRENT_SPI_VERSION || !lpAllocateBuffer) return MAPI_E_VERSION;
    InitializeCriticalSection(&csInit);
    EnterCriticalSection(&csInit);
    *lppMSProvider = new Provider;
    LeaveCriticalSection(&csInit);
    return S_OK;
}
