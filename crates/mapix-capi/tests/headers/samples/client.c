/* A client in C, as one is written for Windows: lpVtbl, sized structures, and a sink in C. */
#define INITGUID
#define USES_IID_IMAPIAdviseSink
#define USES_IID_IMAPIFolder
#include "mapix.h"
#include "mapiutil.h"
#include "mapival.h"

/* The sink: a table of functions and what they share. */
#undef INTERFACE
#define INTERFACE struct Sink
typedef struct Sink {
    struct IMAPIAdviseSinkVtbl *lpVtbl;
    ULONG cRef;
    ULONG cSeen;
} SINK;

#undef MAPIMETHOD_
#define MAPIMETHOD_(type, method) MAPIMETHOD_DECLARE(type, method, SINK_)
MAPI_IUNKNOWN_METHODS(IMPL)
MAPI_IMAPIADVISESINK_METHODS(IMPL)
#undef MAPIMETHOD_
#define MAPIMETHOD_(type, method) MAPIMETHOD_TYPEDEF(type, method, SINK_)
MAPI_IUNKNOWN_METHODS(IMPL)
MAPI_IMAPIADVISESINK_METHODS(IMPL)

STDMETHODIMP SINK_QueryInterface(SINK *This, REFIID riid, LPVOID *ppvObj)
{
    if (BAD_STANDARD_OBJ(This, SINK_, QueryInterface, lpVtbl) || FBadQueryInterface(This, riid, ppvObj))
        return MAKE_HRESULT(SEVERITY_ERROR, FACILITY_ITF, 0x108);
    *ppvObj = NULL;
    if (!IsEqualIID(riid, &IID_IUnknown) && !IsEqualIID(riid, &IID_IMAPIAdviseSink)) return E_NOINTERFACE;
    *ppvObj = This;
    This->lpVtbl->AddRef((LPMAPIADVISESINK)(void *)This);
    return S_OK;
}

STDMETHODIMP_(ULONG) SINK_AddRef(SINK *This) { return ++This->cRef; }
STDMETHODIMP_(ULONG) SINK_Release(SINK *This) { return --This->cRef; }

STDMETHODIMP_(ULONG) SINK_OnNotify(SINK *This, ULONG cNotif, LPNOTIFICATION lpNotifications)
{
    ULONG i;
    for (i = 0; i < cNotif; i++)
        if (lpNotifications[i].ulEventType == fnevTableModified &&
            lpNotifications[i].info.tab.ulTableEvent == TABLE_ROW_ADDED)
            This->cSeen++;
    return 0;
}

SINK_OnNotify_METHOD *pfnOnNotify = SINK_OnNotify;

enum { ePR_SUBJECT, ePR_ENTRYID, NUM_COLS };
static SizedSPropTagArray(NUM_COLS, sptCols) = { NUM_COLS, { PR_SUBJECT, PR_ENTRYID } };
static SizedSSortOrderSet(1, sOrder) = { 1, 0, 0, { { PR_MESSAGE_DELIVERY_TIME, TABLE_SORT_DESCEND } } };

HRESULT ListInbox(LPMAPISESSION lpSession, LPMDB lpMDB, LPTSTR lpszClass)
{
    LPMAPIFOLDER lpInbox = NULL;
    LPMAPITABLE lpTable = NULL;
    LPSRowSet lpRows = NULL;
    LPENTRYID lpEid = NULL;
    ULONG cbEid = 0, ulType = 0, i;
    SPropValue Subject;
    SRestriction Res;
    HRESULT hr = lpMDB->lpVtbl->GetReceiveFolder(lpMDB, lpszClass, fMapiUnicode, &cbEid, &lpEid, NULL);
    if (HR_FAILED(hr)) goto done;
    hr = lpSession->lpVtbl->OpenEntry(lpSession, cbEid, lpEid, &IID_IMAPIFolder, MAPI_BEST_ACCESS, &ulType,
        (LPUNKNOWN *)(void *)&lpInbox);
    if (HR_FAILED(hr)) goto done;
    hr = lpInbox->lpVtbl->GetContentsTable(lpInbox, fMapiUnicode, &lpTable);
    if (FAILED(hr)) goto done;

    Subject.ulPropTag = CHANGE_PROP_TYPE(PR_SUBJECT, PT_TSTRING);
    Subject.Value.LPSZ = lpszClass;
    Res.rt = RES_CONTENT;
    Res.res.resContent.ulFuzzyLevel = FL_SUBSTRING | FL_IGNORECASE;
    Res.res.resContent.ulPropTag = PR_SUBJECT;
    Res.res.resContent.lpProp = &Subject;
    hr = HrQueryAllRows(lpTable, (LPSPropTagArray)(void *)&sptCols, &Res, (LPSSortOrderSet)(void *)&sOrder, 0, &lpRows);
    if (FAILED(hr)) goto done;
    for (i = 0; i < lpRows->cRows; i++)
        if (PROP_TYPE(lpRows->aRow[i].lpProps[ePR_SUBJECT].ulPropTag) == PT_ERROR &&
            lpRows->aRow[i].lpProps[ePR_SUBJECT].Value.err != MAPI_E_NOT_FOUND)
            hr = MAPI_W_ERRORS_RETURNED;
done:
    FreeProws(lpRows);
    MAPIFreeBuffer(lpEid);
    UlRelease(lpTable);
    UlRelease(lpInbox);
    return hr;
}

LPADRLIST NewList(ULONG cEntries)
{
    LPADRLIST lpList = NULL;
    if (MAPIAllocateBuffer((ULONG)CbNewADRLIST(cEntries), (LPVOID *)(void *)&lpList) != S_OK) return NULL;
    return lpList;
}
