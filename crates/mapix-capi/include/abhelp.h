/*
 * abhelp.h: address book calls in the context of one Exchange account.
 */
#ifndef ABHELP_H
#define ABHELP_H

#include "mapix.h"
#include "mapispi.h"

#ifdef __cplusplus
extern "C" {
#endif

STDAPI HrOpenABEntryWithExchangeContext(LPMAPISESSION pmsess, const MAPIUID *pExchangeProfSect,
    LPADRBOOK pAddrBook, ULONG cbEntryID, LPENTRYID lpEntryID, LPCIID lpInterface, ULONG ulFlags,
    ULONG *lpulObjType, LPUNKNOWN *lppUnk);
STDAPI HrOpenABEntryWithProviderUID(const MAPIUID *pEmsabpUID, LPADRBOOK pAddrBook, ULONG cbEntryID,
    LPENTRYID lpEntryID, LPCIID lpInterface, ULONG ulFlags, ULONG *lpulObjType, LPUNKNOWN *lppUnk);
STDAPI HrOpenABEntryWithProviderUIDSupport(const MAPIUID *pEmsabpUID, LPMAPISUP lpSup,
    ULONG cbEntryID, LPENTRYID lpEntryID, LPCIID lpInterface, ULONG ulFlags, ULONG *lpulObjType,
    LPUNKNOWN *lppUnk);
STDAPI HrOpenABEntryUsingDefaultContext(LPMAPISESSION pmsess, LPADRBOOK pAddrBook, ULONG cbEntryID,
    LPENTRYID lpEntryID, LPCIID lpInterface, ULONG ulFlags, ULONG *lpulObjType, LPUNKNOWN *lppUnk);
STDAPI HrOpenABEntryWithResolvedRow(LPSRow prwResolved, LPADRBOOK pAddrBook, ULONG cbEntryID,
    LPENTRYID lpEntryID, LPCIID lpInterface, ULONG ulFlags, ULONG *lpulObjType, LPUNKNOWN *lppUnk);
STDAPI HrOpenABEntryWithSupport(LPMAPISUP lpSup, ULONG cbEntryID, LPENTRYID lpEntryID,
    LPCIID lpInterface, ULONG ulFlags, ULONG *lpulObjType, LPUNKNOWN *lppUnk);
STDAPI HrCompareABEntryIDsWithExchangeContext(LPMAPISESSION pmsess, const MAPIUID *pEmsmdbUID,
    LPADRBOOK pAddrBook, ULONG cbEntryID1, LPENTRYID lpEntryID1, ULONG cbEntryID2,
    LPENTRYID lpEntryID2, ULONG ulFlags, ULONG *lpulResult);
STDAPI HrDoABDetailsWithExchangeContext(LPMAPISESSION pmsess, const MAPIUID *pExchangeProfSect,
    LPADRBOOK pAddrBook, ULONG_PTR *lpulUIParam, LPFNDISMISS lpfnDismiss, LPVOID lpvDismissContext,
    ULONG cbEntryID, LPENTRYID lpEntryID, LPFNBUTTON lpfButtonCallback, LPVOID lpvButtonContext,
    LPTSTR lpszButtonText, ULONG ulFlags);
STDAPI HrDoABDetailsWithProviderUID(const MAPIUID *pEmsabpUID, LPADRBOOK pAddrBook,
    ULONG_PTR *lpulUIParam, LPFNDISMISS lpfnDismiss, LPVOID lpvDismissContext, ULONG cbEntryID,
    LPENTRYID lpEntryID, LPFNBUTTON lpfButtonCallback, LPVOID lpvButtonContext,
    LPTSTR lpszButtonText, ULONG ulFlags);
STDAPI HrGetGALFromEmsmdbUID(LPMAPISESSION pSess, LPADRBOOK lpAdrBook, const MAPIUID *pEmsmdbUID,
    ULONG *lpcbeid, LPENTRYID *lppeid);

#ifdef __cplusplus
}
#endif
#endif /* ABHELP_H */
