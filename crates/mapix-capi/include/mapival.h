/*
 * mapival.h: checks of the arguments that callers of a MAPI object hand in.
 *
 * Functions in libmapi look at structures; macros name what is wrong with the arguments of each
 * method. A process cannot ask here whether memory is there, so of pointers only NULL is found
 * (see mapinls.h).
 */
#ifndef _INC_VALIDATE
#define _INC_VALIDATE

#include "mapiutil.h"
#include "mapinls.h"
#include <stdarg.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Structures ------------------------------------------------------------------------------ */

STDAPI_(BOOL) FBadRglpszW(LPWSTR *lppszW, ULONG cStrings);
STDAPI_(BOOL) FBadRowSet(LPSRowSet lpRowSet);
STDAPI_(BOOL) FBadRglpNameID(LPMAPINAMEID *lppNameId, ULONG cNames);
STDAPI_(BOOL) FBadEntryList(LPENTRYLIST lpEntryList);
STDAPI_(ULONG) FBadRestriction(LPSRestriction lpres);
STDAPI_(ULONG) FBadPropTag(ULONG ulPropTag);
STDAPI_(ULONG) FBadRow(LPSRow lprow);
STDAPI_(ULONG) FBadProp(LPSPropValue lpprop);
STDAPI_(ULONG) FBadSortOrderSet(LPSSortOrderSet lpsos);
STDAPI_(ULONG) FBadColumnSet(LPSPropTagArray lpptaCols);

#define FBadPropVal(lpPropVal) (FAILED(ScCountProps(1, lpPropVal, NULL)))
#define FBadRgPropVal(lpPropVal, cValues) (FAILED(ScCountProps(cValues, lpPropVal, NULL)))

/* An ADRLIST has the layout of a row set. */
#define FBadAdrList(lpAdrList) (FBadRowSet((LPSRowSet)(lpAdrList)))

/* ---- Objects --------------------------------------------------------------------------------- */

/* C only: is this an object, and is it one of ours? */
#define FBadUnknown(lpObj)                                     \
    (IsBadReadPtr((lpObj), sizeof(LPVOID)) ||                  \
     IsBadReadPtr((lpObj)->lpVtbl, 3 * sizeof(LPUNKNOWN)) ||   \
     (lpObj)->lpVtbl->QueryInterface == NULL)
#define BAD_STANDARD_OBJ(lpObj, prefix, method, lpVtbl)        \
    (IsBadWritePtr((lpObj), sizeof(*(lpObj))) ||               \
     IsBadReadPtr((lpObj)->lpVtbl, sizeof(LPVOID)) ||          \
     (void (*)(void))(lpObj)->lpVtbl->method != (void (*)(void))(prefix##method))

/* ---- Arguments of IUnknown and IMAPIProp ----------------------------------------------------- */

#define MAPI_BAD_TAGS_OR_NULL(lpTags) ((lpTags) && FBadColumnSet(lpTags))

#define FBadQueryInterface(lpObj, riid, ppvObj) \
    (IsBadReadPtr(riid, sizeof(IID)) || IsBadWritePtr(ppvObj, sizeof(LPVOID)))
#define FBadAddRef(lpObj) FALSE
#define FBadRelease(lpObj) FALSE
#define FBadGetLastError(lpObj, hResult, ulFlags, lppMAPIError) \
    (IsBadWritePtr(lppMAPIError, sizeof(LPMAPIERROR)))
#define FBadSaveChanges(lpObj, ulFlags) FALSE
#define FBadGetProps(lpObj, lpPTagA, lpcValues, lppPropArray)               \
    (MAPI_BAD_TAGS_OR_NULL(lpPTagA) || IsBadWritePtr(lpcValues, sizeof(ULONG)) || \
     IsBadWritePtr(lppPropArray, sizeof(LPSPropValue)))
#define FBadGetPropList(lpObj, lppPTagA) (IsBadWritePtr(lppPTagA, sizeof(LPSPropTagArray)))
#define FBadOpenProperty(lpObj, ulPropTag, lpiid, ulInterfaceOptions, ulFlags, lppUnk) \
    (IsBadReadPtr(lpiid, sizeof(IID)) || IsBadWritePtr(lppUnk, sizeof(LPUNKNOWN)))
#define FBadSetProps(lpObj, cValues, lpPropArray, lppProblems) \
    (FBadRgPropVal(lpPropArray, (int)(cValues)))
#define FBadDeleteProps(lpObj, lpPTagA, lppProblems) (!(lpPTagA) || FBadColumnSet(lpPTagA))
#define FBadCopyTo(lpIPDAT, ciidExclude, rgiidExclude, lpExcludeProps, ulUIParam, lpProgress, \
                   lpInterface, lpDestObj, ulFlags, lppProblems)                              \
    (IsBadReadPtr(rgiidExclude, (ciidExclude)) || MAPI_BAD_TAGS_OR_NULL(lpExcludeProps) ||    \
     IsBadReadPtr(lpDestObj, sizeof(LPVOID)))
#define FBadCopyProps(lpIPDAT, lpPropTagArray, ulUIParam, lpProgress, lpInterface, lpDestObj, \
                      ulFlags, lppProblems)                                                   \
    (MAPI_BAD_TAGS_OR_NULL(lpPropTagArray) || IsBadReadPtr(lpDestObj, sizeof(LPVOID)))
#define FBadGetNamesFromIDs(lpIPDAT, lppPropTags, lpPropSetGuid, ulFlags, lpcPropNames, \
                            lpppPropNames)                                              \
    (IsBadReadPtr(lppPropTags, sizeof(LPSPropTagArray)) ||                              \
     MAPI_BAD_TAGS_OR_NULL(*(lppPropTags)) || IsBadWritePtr(lpcPropNames, sizeof(ULONG)) || \
     IsBadWritePtr(lpppPropNames, sizeof(LPVOID)))
#define FBadGetIDsFromNames(lpIPDAT, cPropNames, lppPropNames, ulFlags, lppPropTags) \
    (((cPropNames) && FBadRglpNameID(lppPropNames, cPropNames)) ||                   \
     IsBadWritePtr(lppPropTags, sizeof(LPSPropTagArray)))

/* ---- Every method ---------------------------------------------------------------------------- */

#define MAKE_ENUM(Method, Interface) Interface##_##Method

typedef enum _tagMethods {
    IUnknown_QueryInterface = 0,
    IUnknown_AddRef = 1,
    IUnknown_Release = 2,
    IMAPIProp_GetLastError = 3,
    IMAPIProp_SaveChanges = 4,
    IMAPIProp_GetProps = 5,
    IMAPIProp_GetPropList = 6,
    IMAPIProp_OpenProperty = 7,
    IMAPIProp_SetProps = 8,
    IMAPIProp_DeleteProps = 9,
    IMAPIProp_CopyTo = 10,
    IMAPIProp_CopyProps = 11,
    IMAPIProp_GetNamesFromIDs = 12,
    IMAPIProp_GetIDsFromNames = 13,
    IMAPITable_GetLastError = 14,
    IMAPITable_Advise = 15,
    IMAPITable_Unadvise = 16,
    IMAPITable_GetStatus = 17,
    IMAPITable_SetColumns = 18,
    IMAPITable_QueryColumns = 19,
    IMAPITable_GetRowCount = 20,
    IMAPITable_SeekRow = 21,
    IMAPITable_SeekRowApprox = 22,
    IMAPITable_QueryPosition = 23,
    IMAPITable_FindRow = 24,
    IMAPITable_Restrict = 25,
    IMAPITable_CreateBookmark = 26,
    IMAPITable_FreeBookmark = 27,
    IMAPITable_SortTable = 28,
    IMAPITable_QuerySortOrder = 29,
    IMAPITable_QueryRows = 30,
    IMAPITable_Abort = 31,
    IMAPITable_ExpandRow = 32,
    IMAPITable_CollapseRow = 33,
    IMAPITable_WaitForCompletion = 34,
    IMAPITable_GetCollapseState = 35,
    IMAPITable_SetCollapseState = 36,
    IMAPIContainer_GetContentsTable = 37,
    IMAPIContainer_GetHierarchyTable = 38,
    IMAPIContainer_OpenEntry = 39,
    IMAPIContainer_SetSearchCriteria = 40,
    IMAPIContainer_GetSearchCriteria = 41,
    IABContainer_CreateEntry = 42,
    IABContainer_CopyEntries = 43,
    IABContainer_DeleteEntries = 44,
    IABContainer_ResolveNames = 45,
    IDistList_CreateEntry = 46,
    IDistList_CopyEntries = 47,
    IDistList_DeleteEntries = 48,
    IDistList_ResolveNames = 49,
    IMAPIFolder_CreateMessage = 50,
    IMAPIFolder_CopyMessages = 51,
    IMAPIFolder_DeleteMessages = 52,
    IMAPIFolder_CreateFolder = 53,
    IMAPIFolder_CopyFolder = 54,
    IMAPIFolder_DeleteFolder = 55,
    IMAPIFolder_SetReadFlags = 56,
    IMAPIFolder_GetMessageStatus = 57,
    IMAPIFolder_SetMessageStatus = 58,
    IMAPIFolder_SaveContentsSort = 59,
    IMAPIFolder_EmptyFolder = 60,
    IMsgStore_Advise = 61,
    IMsgStore_Unadvise = 62,
    IMsgStore_CompareEntryIDs = 63,
    IMsgStore_OpenEntry = 64,
    IMsgStore_SetReceiveFolder = 65,
    IMsgStore_GetReceiveFolder = 66,
    IMsgStore_GetReceiveFolderTable = 67,
    IMsgStore_StoreLogoff = 68,
    IMsgStore_AbortSubmit = 69,
    IMsgStore_GetOutgoingQueue = 70,
    IMsgStore_SetLockState = 71,
    IMsgStore_FinishedMsg = 72,
    IMsgStore_NotifyNewMail = 73,
    IMessage_GetAttachmentTable = 74,
    IMessage_OpenAttach = 75,
    IMessage_CreateAttach = 76,
    IMessage_DeleteAttach = 77,
    IMessage_GetRecipientTable = 78,
    IMessage_ModifyRecipients = 79,
    IMessage_SubmitMessage = 80,
    IMessage_SetReadFlag = 81,
    IABProvider_Shutdown = 82,
    IABProvider_Logon = 83,
    IABLogon_GetLastError = 84,
    IABLogon_Logoff = 85,
    IABLogon_OpenEntry = 86,
    IABLogon_CompareEntryIDs = 87,
    IABLogon_Advise = 88,
    IABLogon_Unadvise = 89,
    IABLogon_OpenStatusEntry = 90,
    IABLogon_OpenTemplateID = 91,
    IABLogon_GetOneOffTable = 92,
    IABLogon_PrepareRecips = 93,
    IXPProvider_Shutdown = 94,
    IXPProvider_TransportLogon = 95,
    IXPLogon_AddressTypes = 96,
    IXPLogon_RegisterOptions = 97,
    IXPLogon_TransportNotify = 98,
    IXPLogon_Idle = 99,
    IXPLogon_TransportLogoff = 100,
    IXPLogon_SubmitMessage = 101,
    IXPLogon_EndMessage = 102,
    IXPLogon_Poll = 103,
    IXPLogon_StartMessage = 104,
    IXPLogon_OpenStatusEntry = 105,
    IXPLogon_ValidateState = 106,
    IXPLogon_FlushQueues = 107,
    IMSProvider_Shutdown = 108,
    IMSProvider_Logon = 109,
    IMSProvider_SpoolerLogon = 110,
    IMSProvider_CompareStoreIDs = 111,
    IMSLogon_GetLastError = 112,
    IMSLogon_Logoff = 113,
    IMSLogon_OpenEntry = 114,
    IMSLogon_CompareEntryIDs = 115,
    IMSLogon_Advise = 116,
    IMSLogon_Unadvise = 117,
    IMSLogon_OpenStatusEntry = 118,
    IMAPIControl_GetLastError = 119,
    IMAPIControl_Activate = 120,
    IMAPIControl_GetState = 121,
    IMAPIStatus_ValidateState = 122,
    IMAPIStatus_SettingsDialog = 123,
    IMAPIStatus_ChangePassword = 124,
    IMAPIStatus_FlushQueues = 125,
    IStream__Read = 126,
    IStream__Write = 127,
    IStream_Seek = 128,
    IStream_SetSize = 129,
    IStream_CopyTo = 130,
    IStream_Commit = 131,
    IStream_Revert = 132,
    IStream_LockRegion = 133,
    IStream_UnlockRegion = 134,
    IStream_Stat = 135,
    IStream_Clone = 136,
    IMAPIAdviseSink_OnNotify = 137
} METHODS;

/* Arguments after the object, one for each element; large integers by value. */
STDAPI HrValidateParameters(METHODS eMethod, LPVOID *ppFirstArg);

/*
 * Validate_I..._...(this, arguments) returns from the calling method if an argument is bad,
 * UlValidate_... does it in one that returns ULONG, CheckParameters_... asserts (include mapidbg.h).
 * Arguments are the method's parameters, not expressions.
 */
#define ArgSize(T) ((sizeof(T) + sizeof(DWORD_PTR) - 1) / sizeof(DWORD_PTR))
#define MakeArg1(i, a1) memcpy(&rgMapiArgs[i], &(a1), sizeof(a1))
#define MakeArg2(i, a1, a2) MakeArg1(i, a1); MakeArg1((i) + 1, a2)
#define MakeArg3(i, a1, a2, a3) MakeArg1(i, a1); MakeArg2((i) + 1, a2, a3)
#define MakeArg4(i, a1, a2, a3, a4) MakeArg1(i, a1); MakeArg3((i) + 1, a2, a3, a4)
#define MakeArg5(i, a1, a2, a3, a4, a5) MakeArg1(i, a1); MakeArg4((i) + 1, a2, a3, a4, a5)
#define MakeArg6(i, a1, a2, a3, a4, a5, a6) MakeArg1(i, a1); MakeArg5((i) + 1, a2, a3, a4, a5, a6)
#define MakeArg7(i, a1, a2, a3, a4, a5, a6, a7) MakeArg1(i, a1); MakeArg6((i) + 1, a2, a3, a4, a5, a6, a7)
#define MakeArg8(i, a1, a2, a3, a4, a5, a6, a7, a8) MakeArg1(i, a1); MakeArg7((i) + 1, a2, a3, a4, a5, a6, a7, a8)
#define MakeArg9(i, a1, a2, a3, a4, a5, a6, a7, a8, a9) MakeArg1(i, a1); MakeArg8((i) + 1, a2, a3, a4, a5, a6, a7, a8, a9)
#define MakeArg10(i, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10) MakeArg1(i, a1); MakeArg9((i) + 1, a2, a3, a4, a5, a6, a7, a8, a9, a10)
#define MakeArg11(i, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11) MakeArg1(i, a1); MakeArg10((i) + 1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11)
#define MakeArg12(i, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12) MakeArg1(i, a1); MakeArg11((i) + 1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12)
#define MakeArg13(i, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13) MakeArg1(i, a1); MakeArg12((i) + 1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13)
#define MakeArg14(i, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14) MakeArg1(i, a1); MakeArg13((i) + 1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14)
#define MakeArg15(i, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15) MakeArg1(i, a1); MakeArg14((i) + 1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15)

#define MAPI_VALIDATE_ARGS(m, n, fill, bad)                                  \
    {                                                                        \
        DWORD_PTR rgMapiArgs[n] = { 0 };                                     \
        HRESULT hrMapiArgs;                                                  \
        fill;                                                                \
        hrMapiArgs = HrValidateParameters(m, (LPVOID *)(void *)rgMapiArgs);  \
        bad;                                                                 \
    }
#define MAPI_RETURN_BAD if (HR_FAILED(hrMapiArgs)) return hrMapiArgs
#define MAPI_RETURN_UL_BAD if (HR_FAILED(hrMapiArgs)) return (ULONG)hrMapiArgs

#define ValidateParameters1(m, a1)
#define ValidateParameters2(m, a1, ...) MAPI_VALIDATE_ARGS(m, 1, MakeArg1(0, __VA_ARGS__), MAPI_RETURN_BAD)
#define ValidateParameters3(m, a1, ...) MAPI_VALIDATE_ARGS(m, 2, MakeArg2(0, __VA_ARGS__), MAPI_RETURN_BAD)
#define ValidateParameters4(m, a1, ...) MAPI_VALIDATE_ARGS(m, 3, MakeArg3(0, __VA_ARGS__), MAPI_RETURN_BAD)
#define ValidateParameters5(m, a1, ...) MAPI_VALIDATE_ARGS(m, 4, MakeArg4(0, __VA_ARGS__), MAPI_RETURN_BAD)
#define ValidateParameters6(m, a1, ...) MAPI_VALIDATE_ARGS(m, 5, MakeArg5(0, __VA_ARGS__), MAPI_RETURN_BAD)
#define ValidateParameters7(m, a1, ...) MAPI_VALIDATE_ARGS(m, 6, MakeArg6(0, __VA_ARGS__), MAPI_RETURN_BAD)
#define ValidateParameters8(m, a1, ...) MAPI_VALIDATE_ARGS(m, 7, MakeArg7(0, __VA_ARGS__), MAPI_RETURN_BAD)
#define ValidateParameters9(m, a1, ...) MAPI_VALIDATE_ARGS(m, 8, MakeArg8(0, __VA_ARGS__), MAPI_RETURN_BAD)
#define ValidateParameters10(m, a1, ...) MAPI_VALIDATE_ARGS(m, 9, MakeArg9(0, __VA_ARGS__), MAPI_RETURN_BAD)
#define ValidateParameters11(m, a1, ...) MAPI_VALIDATE_ARGS(m, 10, MakeArg10(0, __VA_ARGS__), MAPI_RETURN_BAD)
#define ValidateParameters12(m, a1, ...) MAPI_VALIDATE_ARGS(m, 11, MakeArg11(0, __VA_ARGS__), MAPI_RETURN_BAD)
#define ValidateParameters13(m, a1, ...) MAPI_VALIDATE_ARGS(m, 12, MakeArg12(0, __VA_ARGS__), MAPI_RETURN_BAD)
#define ValidateParameters14(m, a1, ...) MAPI_VALIDATE_ARGS(m, 13, MakeArg13(0, __VA_ARGS__), MAPI_RETURN_BAD)
#define ValidateParameters15(m, a1, ...) MAPI_VALIDATE_ARGS(m, 14, MakeArg14(0, __VA_ARGS__), MAPI_RETURN_BAD)
#define ValidateParameters16(m, a1, ...) MAPI_VALIDATE_ARGS(m, 15, MakeArg15(0, __VA_ARGS__), MAPI_RETURN_BAD)

#define UlValidateParameters1(m, a1)
#define UlValidateParameters2(m, a1, ...) MAPI_VALIDATE_ARGS(m, 1, MakeArg1(0, __VA_ARGS__), MAPI_RETURN_UL_BAD)
#define UlValidateParameters3(m, a1, ...) MAPI_VALIDATE_ARGS(m, 2, MakeArg2(0, __VA_ARGS__), MAPI_RETURN_UL_BAD)
#define UlValidateParameters4(m, a1, ...) MAPI_VALIDATE_ARGS(m, 3, MakeArg3(0, __VA_ARGS__), MAPI_RETURN_UL_BAD)
#define UlValidateParameters5(m, a1, ...) MAPI_VALIDATE_ARGS(m, 4, MakeArg4(0, __VA_ARGS__), MAPI_RETURN_UL_BAD)
#define UlValidateParameters6(m, a1, ...) MAPI_VALIDATE_ARGS(m, 5, MakeArg5(0, __VA_ARGS__), MAPI_RETURN_UL_BAD)
#define UlValidateParameters7(m, a1, ...) MAPI_VALIDATE_ARGS(m, 6, MakeArg6(0, __VA_ARGS__), MAPI_RETURN_UL_BAD)
#define UlValidateParameters8(m, a1, ...) MAPI_VALIDATE_ARGS(m, 7, MakeArg7(0, __VA_ARGS__), MAPI_RETURN_UL_BAD)
#define UlValidateParameters9(m, a1, ...) MAPI_VALIDATE_ARGS(m, 8, MakeArg8(0, __VA_ARGS__), MAPI_RETURN_UL_BAD)
#define UlValidateParameters10(m, a1, ...) MAPI_VALIDATE_ARGS(m, 9, MakeArg9(0, __VA_ARGS__), MAPI_RETURN_UL_BAD)
#define UlValidateParameters11(m, a1, ...) MAPI_VALIDATE_ARGS(m, 10, MakeArg10(0, __VA_ARGS__), MAPI_RETURN_UL_BAD)
#define UlValidateParameters12(m, a1, ...) MAPI_VALIDATE_ARGS(m, 11, MakeArg11(0, __VA_ARGS__), MAPI_RETURN_UL_BAD)
#define UlValidateParameters13(m, a1, ...) MAPI_VALIDATE_ARGS(m, 12, MakeArg12(0, __VA_ARGS__), MAPI_RETURN_UL_BAD)
#define UlValidateParameters14(m, a1, ...) MAPI_VALIDATE_ARGS(m, 13, MakeArg13(0, __VA_ARGS__), MAPI_RETURN_UL_BAD)
#define UlValidateParameters15(m, a1, ...) MAPI_VALIDATE_ARGS(m, 14, MakeArg14(0, __VA_ARGS__), MAPI_RETURN_UL_BAD)
#define UlValidateParameters16(m, a1, ...) MAPI_VALIDATE_ARGS(m, 15, MakeArg15(0, __VA_ARGS__), MAPI_RETURN_UL_BAD)

#if defined(DEBUG) || defined(ASSERTS_ENABLED)
#define CheckParameters1(m, a1)
#define CheckParameters2(m, a1, ...) MAPI_VALIDATE_ARGS(m, 1, MakeArg1(0, __VA_ARGS__), AssertSz(HR_SUCCEEDED(hrMapiArgs), "bad parameter from MAPI"))
#define CheckParameters3(m, a1, ...) MAPI_VALIDATE_ARGS(m, 2, MakeArg2(0, __VA_ARGS__), AssertSz(HR_SUCCEEDED(hrMapiArgs), "bad parameter from MAPI"))
#define CheckParameters4(m, a1, ...) MAPI_VALIDATE_ARGS(m, 3, MakeArg3(0, __VA_ARGS__), AssertSz(HR_SUCCEEDED(hrMapiArgs), "bad parameter from MAPI"))
#define CheckParameters5(m, a1, ...) MAPI_VALIDATE_ARGS(m, 4, MakeArg4(0, __VA_ARGS__), AssertSz(HR_SUCCEEDED(hrMapiArgs), "bad parameter from MAPI"))
#define CheckParameters6(m, a1, ...) MAPI_VALIDATE_ARGS(m, 5, MakeArg5(0, __VA_ARGS__), AssertSz(HR_SUCCEEDED(hrMapiArgs), "bad parameter from MAPI"))
#define CheckParameters7(m, a1, ...) MAPI_VALIDATE_ARGS(m, 6, MakeArg6(0, __VA_ARGS__), AssertSz(HR_SUCCEEDED(hrMapiArgs), "bad parameter from MAPI"))
#define CheckParameters8(m, a1, ...) MAPI_VALIDATE_ARGS(m, 7, MakeArg7(0, __VA_ARGS__), AssertSz(HR_SUCCEEDED(hrMapiArgs), "bad parameter from MAPI"))
#define CheckParameters9(m, a1, ...) MAPI_VALIDATE_ARGS(m, 8, MakeArg8(0, __VA_ARGS__), AssertSz(HR_SUCCEEDED(hrMapiArgs), "bad parameter from MAPI"))
#define CheckParameters10(m, a1, ...) MAPI_VALIDATE_ARGS(m, 9, MakeArg9(0, __VA_ARGS__), AssertSz(HR_SUCCEEDED(hrMapiArgs), "bad parameter from MAPI"))
#define CheckParameters11(m, a1, ...) MAPI_VALIDATE_ARGS(m, 10, MakeArg10(0, __VA_ARGS__), AssertSz(HR_SUCCEEDED(hrMapiArgs), "bad parameter from MAPI"))
#define CheckParameters12(m, a1, ...) MAPI_VALIDATE_ARGS(m, 11, MakeArg11(0, __VA_ARGS__), AssertSz(HR_SUCCEEDED(hrMapiArgs), "bad parameter from MAPI"))
#define CheckParameters13(m, a1, ...) MAPI_VALIDATE_ARGS(m, 12, MakeArg12(0, __VA_ARGS__), AssertSz(HR_SUCCEEDED(hrMapiArgs), "bad parameter from MAPI"))
#define CheckParameters14(m, a1, ...) MAPI_VALIDATE_ARGS(m, 13, MakeArg13(0, __VA_ARGS__), AssertSz(HR_SUCCEEDED(hrMapiArgs), "bad parameter from MAPI"))
#define CheckParameters15(m, a1, ...) MAPI_VALIDATE_ARGS(m, 14, MakeArg14(0, __VA_ARGS__), AssertSz(HR_SUCCEEDED(hrMapiArgs), "bad parameter from MAPI"))
#define CheckParameters16(m, a1, ...) MAPI_VALIDATE_ARGS(m, 15, MakeArg15(0, __VA_ARGS__), AssertSz(HR_SUCCEEDED(hrMapiArgs), "bad parameter from MAPI"))
#else
#define CheckParameters1(m, a1)
#define CheckParameters2(m, a1, ...)
#define CheckParameters3(m, a1, ...)
#define CheckParameters4(m, a1, ...)
#define CheckParameters5(m, a1, ...)
#define CheckParameters6(m, a1, ...)
#define CheckParameters7(m, a1, ...)
#define CheckParameters8(m, a1, ...)
#define CheckParameters9(m, a1, ...)
#define CheckParameters10(m, a1, ...)
#define CheckParameters11(m, a1, ...)
#define CheckParameters12(m, a1, ...)
#define CheckParameters13(m, a1, ...)
#define CheckParameters14(m, a1, ...)
#define CheckParameters15(m, a1, ...)
#define CheckParameters16(m, a1, ...)
#endif

/* IUnknown */
#define Validate_IUnknown_QueryInterface(...) ValidateParameters3(IUnknown_QueryInterface, __VA_ARGS__)
#define UlValidate_IUnknown_QueryInterface(...) UlValidateParameters3(IUnknown_QueryInterface, __VA_ARGS__)
#define CheckParameters_IUnknown_QueryInterface(...) CheckParameters3(IUnknown_QueryInterface, __VA_ARGS__)
#define Validate_IUnknown_AddRef(...) ValidateParameters1(IUnknown_AddRef, __VA_ARGS__)
#define UlValidate_IUnknown_AddRef(...) UlValidateParameters1(IUnknown_AddRef, __VA_ARGS__)
#define CheckParameters_IUnknown_AddRef(...) CheckParameters1(IUnknown_AddRef, __VA_ARGS__)
#define Validate_IUnknown_Release(...) ValidateParameters1(IUnknown_Release, __VA_ARGS__)
#define UlValidate_IUnknown_Release(...) UlValidateParameters1(IUnknown_Release, __VA_ARGS__)
#define CheckParameters_IUnknown_Release(...) CheckParameters1(IUnknown_Release, __VA_ARGS__)

/* IMAPIProp */
#define Validate_IMAPIProp_GetLastError(...) ValidateParameters4(IMAPIProp_GetLastError, __VA_ARGS__)
#define UlValidate_IMAPIProp_GetLastError(...) UlValidateParameters4(IMAPIProp_GetLastError, __VA_ARGS__)
#define CheckParameters_IMAPIProp_GetLastError(...) CheckParameters4(IMAPIProp_GetLastError, __VA_ARGS__)
#define Validate_IMAPIProp_SaveChanges(...) ValidateParameters2(IMAPIProp_SaveChanges, __VA_ARGS__)
#define UlValidate_IMAPIProp_SaveChanges(...) UlValidateParameters2(IMAPIProp_SaveChanges, __VA_ARGS__)
#define CheckParameters_IMAPIProp_SaveChanges(...) CheckParameters2(IMAPIProp_SaveChanges, __VA_ARGS__)
#define Validate_IMAPIProp_GetProps(...) ValidateParameters5(IMAPIProp_GetProps, __VA_ARGS__)
#define UlValidate_IMAPIProp_GetProps(...) UlValidateParameters5(IMAPIProp_GetProps, __VA_ARGS__)
#define CheckParameters_IMAPIProp_GetProps(...) CheckParameters5(IMAPIProp_GetProps, __VA_ARGS__)
#define Validate_IMAPIProp_GetPropList(...) ValidateParameters3(IMAPIProp_GetPropList, __VA_ARGS__)
#define UlValidate_IMAPIProp_GetPropList(...) UlValidateParameters3(IMAPIProp_GetPropList, __VA_ARGS__)
#define CheckParameters_IMAPIProp_GetPropList(...) CheckParameters3(IMAPIProp_GetPropList, __VA_ARGS__)
#define Validate_IMAPIProp_OpenProperty(...) ValidateParameters6(IMAPIProp_OpenProperty, __VA_ARGS__)
#define UlValidate_IMAPIProp_OpenProperty(...) UlValidateParameters6(IMAPIProp_OpenProperty, __VA_ARGS__)
#define CheckParameters_IMAPIProp_OpenProperty(...) CheckParameters6(IMAPIProp_OpenProperty, __VA_ARGS__)
#define Validate_IMAPIProp_SetProps(...) ValidateParameters4(IMAPIProp_SetProps, __VA_ARGS__)
#define UlValidate_IMAPIProp_SetProps(...) UlValidateParameters4(IMAPIProp_SetProps, __VA_ARGS__)
#define CheckParameters_IMAPIProp_SetProps(...) CheckParameters4(IMAPIProp_SetProps, __VA_ARGS__)
#define Validate_IMAPIProp_DeleteProps(...) ValidateParameters3(IMAPIProp_DeleteProps, __VA_ARGS__)
#define UlValidate_IMAPIProp_DeleteProps(...) UlValidateParameters3(IMAPIProp_DeleteProps, __VA_ARGS__)
#define CheckParameters_IMAPIProp_DeleteProps(...) CheckParameters3(IMAPIProp_DeleteProps, __VA_ARGS__)
#define Validate_IMAPIProp_CopyTo(...) ValidateParameters10(IMAPIProp_CopyTo, __VA_ARGS__)
#define UlValidate_IMAPIProp_CopyTo(...) UlValidateParameters10(IMAPIProp_CopyTo, __VA_ARGS__)
#define CheckParameters_IMAPIProp_CopyTo(...) CheckParameters10(IMAPIProp_CopyTo, __VA_ARGS__)
#define Validate_IMAPIProp_CopyProps(...) ValidateParameters8(IMAPIProp_CopyProps, __VA_ARGS__)
#define UlValidate_IMAPIProp_CopyProps(...) UlValidateParameters8(IMAPIProp_CopyProps, __VA_ARGS__)
#define CheckParameters_IMAPIProp_CopyProps(...) CheckParameters8(IMAPIProp_CopyProps, __VA_ARGS__)
#define Validate_IMAPIProp_GetNamesFromIDs(...) ValidateParameters6(IMAPIProp_GetNamesFromIDs, __VA_ARGS__)
#define UlValidate_IMAPIProp_GetNamesFromIDs(...) UlValidateParameters6(IMAPIProp_GetNamesFromIDs, __VA_ARGS__)
#define CheckParameters_IMAPIProp_GetNamesFromIDs(...) CheckParameters6(IMAPIProp_GetNamesFromIDs, __VA_ARGS__)
#define Validate_IMAPIProp_GetIDsFromNames(...) ValidateParameters5(IMAPIProp_GetIDsFromNames, __VA_ARGS__)
#define UlValidate_IMAPIProp_GetIDsFromNames(...) UlValidateParameters5(IMAPIProp_GetIDsFromNames, __VA_ARGS__)
#define CheckParameters_IMAPIProp_GetIDsFromNames(...) CheckParameters5(IMAPIProp_GetIDsFromNames, __VA_ARGS__)

/* IMAPITable */
#define Validate_IMAPITable_GetLastError(...) ValidateParameters4(IMAPITable_GetLastError, __VA_ARGS__)
#define UlValidate_IMAPITable_GetLastError(...) UlValidateParameters4(IMAPITable_GetLastError, __VA_ARGS__)
#define CheckParameters_IMAPITable_GetLastError(...) CheckParameters4(IMAPITable_GetLastError, __VA_ARGS__)
#define Validate_IMAPITable_Advise(...) ValidateParameters4(IMAPITable_Advise, __VA_ARGS__)
#define UlValidate_IMAPITable_Advise(...) UlValidateParameters4(IMAPITable_Advise, __VA_ARGS__)
#define CheckParameters_IMAPITable_Advise(...) CheckParameters4(IMAPITable_Advise, __VA_ARGS__)
#define Validate_IMAPITable_Unadvise(...) ValidateParameters2(IMAPITable_Unadvise, __VA_ARGS__)
#define UlValidate_IMAPITable_Unadvise(...) UlValidateParameters2(IMAPITable_Unadvise, __VA_ARGS__)
#define CheckParameters_IMAPITable_Unadvise(...) CheckParameters2(IMAPITable_Unadvise, __VA_ARGS__)
#define Validate_IMAPITable_GetStatus(...) ValidateParameters3(IMAPITable_GetStatus, __VA_ARGS__)
#define UlValidate_IMAPITable_GetStatus(...) UlValidateParameters3(IMAPITable_GetStatus, __VA_ARGS__)
#define CheckParameters_IMAPITable_GetStatus(...) CheckParameters3(IMAPITable_GetStatus, __VA_ARGS__)
#define Validate_IMAPITable_SetColumns(...) ValidateParameters3(IMAPITable_SetColumns, __VA_ARGS__)
#define UlValidate_IMAPITable_SetColumns(...) UlValidateParameters3(IMAPITable_SetColumns, __VA_ARGS__)
#define CheckParameters_IMAPITable_SetColumns(...) CheckParameters3(IMAPITable_SetColumns, __VA_ARGS__)
#define Validate_IMAPITable_QueryColumns(...) ValidateParameters3(IMAPITable_QueryColumns, __VA_ARGS__)
#define UlValidate_IMAPITable_QueryColumns(...) UlValidateParameters3(IMAPITable_QueryColumns, __VA_ARGS__)
#define CheckParameters_IMAPITable_QueryColumns(...) CheckParameters3(IMAPITable_QueryColumns, __VA_ARGS__)
#define Validate_IMAPITable_GetRowCount(...) ValidateParameters3(IMAPITable_GetRowCount, __VA_ARGS__)
#define UlValidate_IMAPITable_GetRowCount(...) UlValidateParameters3(IMAPITable_GetRowCount, __VA_ARGS__)
#define CheckParameters_IMAPITable_GetRowCount(...) CheckParameters3(IMAPITable_GetRowCount, __VA_ARGS__)
#define Validate_IMAPITable_SeekRow(...) ValidateParameters4(IMAPITable_SeekRow, __VA_ARGS__)
#define UlValidate_IMAPITable_SeekRow(...) UlValidateParameters4(IMAPITable_SeekRow, __VA_ARGS__)
#define CheckParameters_IMAPITable_SeekRow(...) CheckParameters4(IMAPITable_SeekRow, __VA_ARGS__)
#define Validate_IMAPITable_SeekRowApprox(...) ValidateParameters3(IMAPITable_SeekRowApprox, __VA_ARGS__)
#define UlValidate_IMAPITable_SeekRowApprox(...) UlValidateParameters3(IMAPITable_SeekRowApprox, __VA_ARGS__)
#define CheckParameters_IMAPITable_SeekRowApprox(...) CheckParameters3(IMAPITable_SeekRowApprox, __VA_ARGS__)
#define Validate_IMAPITable_QueryPosition(...) ValidateParameters4(IMAPITable_QueryPosition, __VA_ARGS__)
#define UlValidate_IMAPITable_QueryPosition(...) UlValidateParameters4(IMAPITable_QueryPosition, __VA_ARGS__)
#define CheckParameters_IMAPITable_QueryPosition(...) CheckParameters4(IMAPITable_QueryPosition, __VA_ARGS__)
#define Validate_IMAPITable_FindRow(...) ValidateParameters4(IMAPITable_FindRow, __VA_ARGS__)
#define UlValidate_IMAPITable_FindRow(...) UlValidateParameters4(IMAPITable_FindRow, __VA_ARGS__)
#define CheckParameters_IMAPITable_FindRow(...) CheckParameters4(IMAPITable_FindRow, __VA_ARGS__)
#define Validate_IMAPITable_Restrict(...) ValidateParameters3(IMAPITable_Restrict, __VA_ARGS__)
#define UlValidate_IMAPITable_Restrict(...) UlValidateParameters3(IMAPITable_Restrict, __VA_ARGS__)
#define CheckParameters_IMAPITable_Restrict(...) CheckParameters3(IMAPITable_Restrict, __VA_ARGS__)
#define Validate_IMAPITable_CreateBookmark(...) ValidateParameters2(IMAPITable_CreateBookmark, __VA_ARGS__)
#define UlValidate_IMAPITable_CreateBookmark(...) UlValidateParameters2(IMAPITable_CreateBookmark, __VA_ARGS__)
#define CheckParameters_IMAPITable_CreateBookmark(...) CheckParameters2(IMAPITable_CreateBookmark, __VA_ARGS__)
#define Validate_IMAPITable_FreeBookmark(...) ValidateParameters2(IMAPITable_FreeBookmark, __VA_ARGS__)
#define UlValidate_IMAPITable_FreeBookmark(...) UlValidateParameters2(IMAPITable_FreeBookmark, __VA_ARGS__)
#define CheckParameters_IMAPITable_FreeBookmark(...) CheckParameters2(IMAPITable_FreeBookmark, __VA_ARGS__)
#define Validate_IMAPITable_SortTable(...) ValidateParameters3(IMAPITable_SortTable, __VA_ARGS__)
#define UlValidate_IMAPITable_SortTable(...) UlValidateParameters3(IMAPITable_SortTable, __VA_ARGS__)
#define CheckParameters_IMAPITable_SortTable(...) CheckParameters3(IMAPITable_SortTable, __VA_ARGS__)
#define Validate_IMAPITable_QuerySortOrder(...) ValidateParameters2(IMAPITable_QuerySortOrder, __VA_ARGS__)
#define UlValidate_IMAPITable_QuerySortOrder(...) UlValidateParameters2(IMAPITable_QuerySortOrder, __VA_ARGS__)
#define CheckParameters_IMAPITable_QuerySortOrder(...) CheckParameters2(IMAPITable_QuerySortOrder, __VA_ARGS__)
#define Validate_IMAPITable_QueryRows(...) ValidateParameters4(IMAPITable_QueryRows, __VA_ARGS__)
#define UlValidate_IMAPITable_QueryRows(...) UlValidateParameters4(IMAPITable_QueryRows, __VA_ARGS__)
#define CheckParameters_IMAPITable_QueryRows(...) CheckParameters4(IMAPITable_QueryRows, __VA_ARGS__)
#define Validate_IMAPITable_Abort(...) ValidateParameters1(IMAPITable_Abort, __VA_ARGS__)
#define UlValidate_IMAPITable_Abort(...) UlValidateParameters1(IMAPITable_Abort, __VA_ARGS__)
#define CheckParameters_IMAPITable_Abort(...) CheckParameters1(IMAPITable_Abort, __VA_ARGS__)
#define Validate_IMAPITable_ExpandRow(...) ValidateParameters7(IMAPITable_ExpandRow, __VA_ARGS__)
#define UlValidate_IMAPITable_ExpandRow(...) UlValidateParameters7(IMAPITable_ExpandRow, __VA_ARGS__)
#define CheckParameters_IMAPITable_ExpandRow(...) CheckParameters7(IMAPITable_ExpandRow, __VA_ARGS__)
#define Validate_IMAPITable_CollapseRow(...) ValidateParameters5(IMAPITable_CollapseRow, __VA_ARGS__)
#define UlValidate_IMAPITable_CollapseRow(...) UlValidateParameters5(IMAPITable_CollapseRow, __VA_ARGS__)
#define CheckParameters_IMAPITable_CollapseRow(...) CheckParameters5(IMAPITable_CollapseRow, __VA_ARGS__)
#define Validate_IMAPITable_WaitForCompletion(...) ValidateParameters4(IMAPITable_WaitForCompletion, __VA_ARGS__)
#define UlValidate_IMAPITable_WaitForCompletion(...) UlValidateParameters4(IMAPITable_WaitForCompletion, __VA_ARGS__)
#define CheckParameters_IMAPITable_WaitForCompletion(...) CheckParameters4(IMAPITable_WaitForCompletion, __VA_ARGS__)
#define Validate_IMAPITable_GetCollapseState(...) ValidateParameters6(IMAPITable_GetCollapseState, __VA_ARGS__)
#define UlValidate_IMAPITable_GetCollapseState(...) UlValidateParameters6(IMAPITable_GetCollapseState, __VA_ARGS__)
#define CheckParameters_IMAPITable_GetCollapseState(...) CheckParameters6(IMAPITable_GetCollapseState, __VA_ARGS__)
#define Validate_IMAPITable_SetCollapseState(...) ValidateParameters5(IMAPITable_SetCollapseState, __VA_ARGS__)
#define UlValidate_IMAPITable_SetCollapseState(...) UlValidateParameters5(IMAPITable_SetCollapseState, __VA_ARGS__)
#define CheckParameters_IMAPITable_SetCollapseState(...) CheckParameters5(IMAPITable_SetCollapseState, __VA_ARGS__)

/* IMAPIContainer */
#define Validate_IMAPIContainer_GetContentsTable(...) ValidateParameters3(IMAPIContainer_GetContentsTable, __VA_ARGS__)
#define UlValidate_IMAPIContainer_GetContentsTable(...) UlValidateParameters3(IMAPIContainer_GetContentsTable, __VA_ARGS__)
#define CheckParameters_IMAPIContainer_GetContentsTable(...) CheckParameters3(IMAPIContainer_GetContentsTable, __VA_ARGS__)
#define Validate_IMAPIContainer_GetHierarchyTable(...) ValidateParameters3(IMAPIContainer_GetHierarchyTable, __VA_ARGS__)
#define UlValidate_IMAPIContainer_GetHierarchyTable(...) UlValidateParameters3(IMAPIContainer_GetHierarchyTable, __VA_ARGS__)
#define CheckParameters_IMAPIContainer_GetHierarchyTable(...) CheckParameters3(IMAPIContainer_GetHierarchyTable, __VA_ARGS__)
#define Validate_IMAPIContainer_OpenEntry(...) ValidateParameters7(IMAPIContainer_OpenEntry, __VA_ARGS__)
#define UlValidate_IMAPIContainer_OpenEntry(...) UlValidateParameters7(IMAPIContainer_OpenEntry, __VA_ARGS__)
#define CheckParameters_IMAPIContainer_OpenEntry(...) CheckParameters7(IMAPIContainer_OpenEntry, __VA_ARGS__)
#define Validate_IMAPIContainer_SetSearchCriteria(...) ValidateParameters4(IMAPIContainer_SetSearchCriteria, __VA_ARGS__)
#define UlValidate_IMAPIContainer_SetSearchCriteria(...) UlValidateParameters4(IMAPIContainer_SetSearchCriteria, __VA_ARGS__)
#define CheckParameters_IMAPIContainer_SetSearchCriteria(...) CheckParameters4(IMAPIContainer_SetSearchCriteria, __VA_ARGS__)
#define Validate_IMAPIContainer_GetSearchCriteria(...) ValidateParameters5(IMAPIContainer_GetSearchCriteria, __VA_ARGS__)
#define UlValidate_IMAPIContainer_GetSearchCriteria(...) UlValidateParameters5(IMAPIContainer_GetSearchCriteria, __VA_ARGS__)
#define CheckParameters_IMAPIContainer_GetSearchCriteria(...) CheckParameters5(IMAPIContainer_GetSearchCriteria, __VA_ARGS__)

/* IABContainer */
#define Validate_IABContainer_CreateEntry(...) ValidateParameters5(IABContainer_CreateEntry, __VA_ARGS__)
#define UlValidate_IABContainer_CreateEntry(...) UlValidateParameters5(IABContainer_CreateEntry, __VA_ARGS__)
#define CheckParameters_IABContainer_CreateEntry(...) CheckParameters5(IABContainer_CreateEntry, __VA_ARGS__)
#define Validate_IABContainer_CopyEntries(...) ValidateParameters5(IABContainer_CopyEntries, __VA_ARGS__)
#define UlValidate_IABContainer_CopyEntries(...) UlValidateParameters5(IABContainer_CopyEntries, __VA_ARGS__)
#define CheckParameters_IABContainer_CopyEntries(...) CheckParameters5(IABContainer_CopyEntries, __VA_ARGS__)
#define Validate_IABContainer_DeleteEntries(...) ValidateParameters3(IABContainer_DeleteEntries, __VA_ARGS__)
#define UlValidate_IABContainer_DeleteEntries(...) UlValidateParameters3(IABContainer_DeleteEntries, __VA_ARGS__)
#define CheckParameters_IABContainer_DeleteEntries(...) CheckParameters3(IABContainer_DeleteEntries, __VA_ARGS__)
#define Validate_IABContainer_ResolveNames(...) ValidateParameters5(IABContainer_ResolveNames, __VA_ARGS__)
#define UlValidate_IABContainer_ResolveNames(...) UlValidateParameters5(IABContainer_ResolveNames, __VA_ARGS__)
#define CheckParameters_IABContainer_ResolveNames(...) CheckParameters5(IABContainer_ResolveNames, __VA_ARGS__)

/* IDistList */
#define Validate_IDistList_CreateEntry(...) ValidateParameters5(IDistList_CreateEntry, __VA_ARGS__)
#define UlValidate_IDistList_CreateEntry(...) UlValidateParameters5(IDistList_CreateEntry, __VA_ARGS__)
#define CheckParameters_IDistList_CreateEntry(...) CheckParameters5(IDistList_CreateEntry, __VA_ARGS__)
#define Validate_IDistList_CopyEntries(...) ValidateParameters5(IDistList_CopyEntries, __VA_ARGS__)
#define UlValidate_IDistList_CopyEntries(...) UlValidateParameters5(IDistList_CopyEntries, __VA_ARGS__)
#define CheckParameters_IDistList_CopyEntries(...) CheckParameters5(IDistList_CopyEntries, __VA_ARGS__)
#define Validate_IDistList_DeleteEntries(...) ValidateParameters3(IDistList_DeleteEntries, __VA_ARGS__)
#define UlValidate_IDistList_DeleteEntries(...) UlValidateParameters3(IDistList_DeleteEntries, __VA_ARGS__)
#define CheckParameters_IDistList_DeleteEntries(...) CheckParameters3(IDistList_DeleteEntries, __VA_ARGS__)
#define Validate_IDistList_ResolveNames(...) ValidateParameters5(IDistList_ResolveNames, __VA_ARGS__)
#define UlValidate_IDistList_ResolveNames(...) UlValidateParameters5(IDistList_ResolveNames, __VA_ARGS__)
#define CheckParameters_IDistList_ResolveNames(...) CheckParameters5(IDistList_ResolveNames, __VA_ARGS__)

/* IMAPIFolder */
#define Validate_IMAPIFolder_CreateMessage(...) ValidateParameters4(IMAPIFolder_CreateMessage, __VA_ARGS__)
#define UlValidate_IMAPIFolder_CreateMessage(...) UlValidateParameters4(IMAPIFolder_CreateMessage, __VA_ARGS__)
#define CheckParameters_IMAPIFolder_CreateMessage(...) CheckParameters4(IMAPIFolder_CreateMessage, __VA_ARGS__)
#define Validate_IMAPIFolder_CopyMessages(...) ValidateParameters7(IMAPIFolder_CopyMessages, __VA_ARGS__)
#define UlValidate_IMAPIFolder_CopyMessages(...) UlValidateParameters7(IMAPIFolder_CopyMessages, __VA_ARGS__)
#define CheckParameters_IMAPIFolder_CopyMessages(...) CheckParameters7(IMAPIFolder_CopyMessages, __VA_ARGS__)
#define Validate_IMAPIFolder_DeleteMessages(...) ValidateParameters5(IMAPIFolder_DeleteMessages, __VA_ARGS__)
#define UlValidate_IMAPIFolder_DeleteMessages(...) UlValidateParameters5(IMAPIFolder_DeleteMessages, __VA_ARGS__)
#define CheckParameters_IMAPIFolder_DeleteMessages(...) CheckParameters5(IMAPIFolder_DeleteMessages, __VA_ARGS__)
#define Validate_IMAPIFolder_CreateFolder(...) ValidateParameters7(IMAPIFolder_CreateFolder, __VA_ARGS__)
#define UlValidate_IMAPIFolder_CreateFolder(...) UlValidateParameters7(IMAPIFolder_CreateFolder, __VA_ARGS__)
#define CheckParameters_IMAPIFolder_CreateFolder(...) CheckParameters7(IMAPIFolder_CreateFolder, __VA_ARGS__)
#define Validate_IMAPIFolder_CopyFolder(...) ValidateParameters9(IMAPIFolder_CopyFolder, __VA_ARGS__)
#define UlValidate_IMAPIFolder_CopyFolder(...) UlValidateParameters9(IMAPIFolder_CopyFolder, __VA_ARGS__)
#define CheckParameters_IMAPIFolder_CopyFolder(...) CheckParameters9(IMAPIFolder_CopyFolder, __VA_ARGS__)
#define Validate_IMAPIFolder_DeleteFolder(...) ValidateParameters6(IMAPIFolder_DeleteFolder, __VA_ARGS__)
#define UlValidate_IMAPIFolder_DeleteFolder(...) UlValidateParameters6(IMAPIFolder_DeleteFolder, __VA_ARGS__)
#define CheckParameters_IMAPIFolder_DeleteFolder(...) CheckParameters6(IMAPIFolder_DeleteFolder, __VA_ARGS__)
#define Validate_IMAPIFolder_SetReadFlags(...) ValidateParameters5(IMAPIFolder_SetReadFlags, __VA_ARGS__)
#define UlValidate_IMAPIFolder_SetReadFlags(...) UlValidateParameters5(IMAPIFolder_SetReadFlags, __VA_ARGS__)
#define CheckParameters_IMAPIFolder_SetReadFlags(...) CheckParameters5(IMAPIFolder_SetReadFlags, __VA_ARGS__)
#define Validate_IMAPIFolder_GetMessageStatus(...) ValidateParameters5(IMAPIFolder_GetMessageStatus, __VA_ARGS__)
#define UlValidate_IMAPIFolder_GetMessageStatus(...) UlValidateParameters5(IMAPIFolder_GetMessageStatus, __VA_ARGS__)
#define CheckParameters_IMAPIFolder_GetMessageStatus(...) CheckParameters5(IMAPIFolder_GetMessageStatus, __VA_ARGS__)
#define Validate_IMAPIFolder_SetMessageStatus(...) ValidateParameters6(IMAPIFolder_SetMessageStatus, __VA_ARGS__)
#define UlValidate_IMAPIFolder_SetMessageStatus(...) UlValidateParameters6(IMAPIFolder_SetMessageStatus, __VA_ARGS__)
#define CheckParameters_IMAPIFolder_SetMessageStatus(...) CheckParameters6(IMAPIFolder_SetMessageStatus, __VA_ARGS__)
#define Validate_IMAPIFolder_SaveContentsSort(...) ValidateParameters3(IMAPIFolder_SaveContentsSort, __VA_ARGS__)
#define UlValidate_IMAPIFolder_SaveContentsSort(...) UlValidateParameters3(IMAPIFolder_SaveContentsSort, __VA_ARGS__)
#define CheckParameters_IMAPIFolder_SaveContentsSort(...) CheckParameters3(IMAPIFolder_SaveContentsSort, __VA_ARGS__)
#define Validate_IMAPIFolder_EmptyFolder(...) ValidateParameters4(IMAPIFolder_EmptyFolder, __VA_ARGS__)
#define UlValidate_IMAPIFolder_EmptyFolder(...) UlValidateParameters4(IMAPIFolder_EmptyFolder, __VA_ARGS__)
#define CheckParameters_IMAPIFolder_EmptyFolder(...) CheckParameters4(IMAPIFolder_EmptyFolder, __VA_ARGS__)

/* IMsgStore */
#define Validate_IMsgStore_Advise(...) ValidateParameters6(IMsgStore_Advise, __VA_ARGS__)
#define UlValidate_IMsgStore_Advise(...) UlValidateParameters6(IMsgStore_Advise, __VA_ARGS__)
#define CheckParameters_IMsgStore_Advise(...) CheckParameters6(IMsgStore_Advise, __VA_ARGS__)
#define Validate_IMsgStore_Unadvise(...) ValidateParameters2(IMsgStore_Unadvise, __VA_ARGS__)
#define UlValidate_IMsgStore_Unadvise(...) UlValidateParameters2(IMsgStore_Unadvise, __VA_ARGS__)
#define CheckParameters_IMsgStore_Unadvise(...) CheckParameters2(IMsgStore_Unadvise, __VA_ARGS__)
#define Validate_IMsgStore_CompareEntryIDs(...) ValidateParameters7(IMsgStore_CompareEntryIDs, __VA_ARGS__)
#define UlValidate_IMsgStore_CompareEntryIDs(...) UlValidateParameters7(IMsgStore_CompareEntryIDs, __VA_ARGS__)
#define CheckParameters_IMsgStore_CompareEntryIDs(...) CheckParameters7(IMsgStore_CompareEntryIDs, __VA_ARGS__)
#define Validate_IMsgStore_OpenEntry(...) ValidateParameters7(IMsgStore_OpenEntry, __VA_ARGS__)
#define UlValidate_IMsgStore_OpenEntry(...) UlValidateParameters7(IMsgStore_OpenEntry, __VA_ARGS__)
#define CheckParameters_IMsgStore_OpenEntry(...) CheckParameters7(IMsgStore_OpenEntry, __VA_ARGS__)
#define Validate_IMsgStore_SetReceiveFolder(...) ValidateParameters5(IMsgStore_SetReceiveFolder, __VA_ARGS__)
#define UlValidate_IMsgStore_SetReceiveFolder(...) UlValidateParameters5(IMsgStore_SetReceiveFolder, __VA_ARGS__)
#define CheckParameters_IMsgStore_SetReceiveFolder(...) CheckParameters5(IMsgStore_SetReceiveFolder, __VA_ARGS__)
#define Validate_IMsgStore_GetReceiveFolder(...) ValidateParameters6(IMsgStore_GetReceiveFolder, __VA_ARGS__)
#define UlValidate_IMsgStore_GetReceiveFolder(...) UlValidateParameters6(IMsgStore_GetReceiveFolder, __VA_ARGS__)
#define CheckParameters_IMsgStore_GetReceiveFolder(...) CheckParameters6(IMsgStore_GetReceiveFolder, __VA_ARGS__)
#define Validate_IMsgStore_GetReceiveFolderTable(...) ValidateParameters3(IMsgStore_GetReceiveFolderTable, __VA_ARGS__)
#define UlValidate_IMsgStore_GetReceiveFolderTable(...) UlValidateParameters3(IMsgStore_GetReceiveFolderTable, __VA_ARGS__)
#define CheckParameters_IMsgStore_GetReceiveFolderTable(...) CheckParameters3(IMsgStore_GetReceiveFolderTable, __VA_ARGS__)
#define Validate_IMsgStore_StoreLogoff(...) ValidateParameters2(IMsgStore_StoreLogoff, __VA_ARGS__)
#define UlValidate_IMsgStore_StoreLogoff(...) UlValidateParameters2(IMsgStore_StoreLogoff, __VA_ARGS__)
#define CheckParameters_IMsgStore_StoreLogoff(...) CheckParameters2(IMsgStore_StoreLogoff, __VA_ARGS__)
#define Validate_IMsgStore_AbortSubmit(...) ValidateParameters4(IMsgStore_AbortSubmit, __VA_ARGS__)
#define UlValidate_IMsgStore_AbortSubmit(...) UlValidateParameters4(IMsgStore_AbortSubmit, __VA_ARGS__)
#define CheckParameters_IMsgStore_AbortSubmit(...) CheckParameters4(IMsgStore_AbortSubmit, __VA_ARGS__)
#define Validate_IMsgStore_GetOutgoingQueue(...) ValidateParameters3(IMsgStore_GetOutgoingQueue, __VA_ARGS__)
#define UlValidate_IMsgStore_GetOutgoingQueue(...) UlValidateParameters3(IMsgStore_GetOutgoingQueue, __VA_ARGS__)
#define CheckParameters_IMsgStore_GetOutgoingQueue(...) CheckParameters3(IMsgStore_GetOutgoingQueue, __VA_ARGS__)
#define Validate_IMsgStore_SetLockState(...) ValidateParameters3(IMsgStore_SetLockState, __VA_ARGS__)
#define UlValidate_IMsgStore_SetLockState(...) UlValidateParameters3(IMsgStore_SetLockState, __VA_ARGS__)
#define CheckParameters_IMsgStore_SetLockState(...) CheckParameters3(IMsgStore_SetLockState, __VA_ARGS__)
#define Validate_IMsgStore_FinishedMsg(...) ValidateParameters4(IMsgStore_FinishedMsg, __VA_ARGS__)
#define UlValidate_IMsgStore_FinishedMsg(...) UlValidateParameters4(IMsgStore_FinishedMsg, __VA_ARGS__)
#define CheckParameters_IMsgStore_FinishedMsg(...) CheckParameters4(IMsgStore_FinishedMsg, __VA_ARGS__)
#define Validate_IMsgStore_NotifyNewMail(...) ValidateParameters2(IMsgStore_NotifyNewMail, __VA_ARGS__)
#define UlValidate_IMsgStore_NotifyNewMail(...) UlValidateParameters2(IMsgStore_NotifyNewMail, __VA_ARGS__)
#define CheckParameters_IMsgStore_NotifyNewMail(...) CheckParameters2(IMsgStore_NotifyNewMail, __VA_ARGS__)

/* IMessage */
#define Validate_IMessage_GetAttachmentTable(...) ValidateParameters3(IMessage_GetAttachmentTable, __VA_ARGS__)
#define UlValidate_IMessage_GetAttachmentTable(...) UlValidateParameters3(IMessage_GetAttachmentTable, __VA_ARGS__)
#define CheckParameters_IMessage_GetAttachmentTable(...) CheckParameters3(IMessage_GetAttachmentTable, __VA_ARGS__)
#define Validate_IMessage_OpenAttach(...) ValidateParameters5(IMessage_OpenAttach, __VA_ARGS__)
#define UlValidate_IMessage_OpenAttach(...) UlValidateParameters5(IMessage_OpenAttach, __VA_ARGS__)
#define CheckParameters_IMessage_OpenAttach(...) CheckParameters5(IMessage_OpenAttach, __VA_ARGS__)
#define Validate_IMessage_CreateAttach(...) ValidateParameters5(IMessage_CreateAttach, __VA_ARGS__)
#define UlValidate_IMessage_CreateAttach(...) UlValidateParameters5(IMessage_CreateAttach, __VA_ARGS__)
#define CheckParameters_IMessage_CreateAttach(...) CheckParameters5(IMessage_CreateAttach, __VA_ARGS__)
#define Validate_IMessage_DeleteAttach(...) ValidateParameters5(IMessage_DeleteAttach, __VA_ARGS__)
#define UlValidate_IMessage_DeleteAttach(...) UlValidateParameters5(IMessage_DeleteAttach, __VA_ARGS__)
#define CheckParameters_IMessage_DeleteAttach(...) CheckParameters5(IMessage_DeleteAttach, __VA_ARGS__)
#define Validate_IMessage_GetRecipientTable(...) ValidateParameters3(IMessage_GetRecipientTable, __VA_ARGS__)
#define UlValidate_IMessage_GetRecipientTable(...) UlValidateParameters3(IMessage_GetRecipientTable, __VA_ARGS__)
#define CheckParameters_IMessage_GetRecipientTable(...) CheckParameters3(IMessage_GetRecipientTable, __VA_ARGS__)
#define Validate_IMessage_ModifyRecipients(...) ValidateParameters3(IMessage_ModifyRecipients, __VA_ARGS__)
#define UlValidate_IMessage_ModifyRecipients(...) UlValidateParameters3(IMessage_ModifyRecipients, __VA_ARGS__)
#define CheckParameters_IMessage_ModifyRecipients(...) CheckParameters3(IMessage_ModifyRecipients, __VA_ARGS__)
#define Validate_IMessage_SubmitMessage(...) ValidateParameters2(IMessage_SubmitMessage, __VA_ARGS__)
#define UlValidate_IMessage_SubmitMessage(...) UlValidateParameters2(IMessage_SubmitMessage, __VA_ARGS__)
#define CheckParameters_IMessage_SubmitMessage(...) CheckParameters2(IMessage_SubmitMessage, __VA_ARGS__)
#define Validate_IMessage_SetReadFlag(...) ValidateParameters2(IMessage_SetReadFlag, __VA_ARGS__)
#define UlValidate_IMessage_SetReadFlag(...) UlValidateParameters2(IMessage_SetReadFlag, __VA_ARGS__)
#define CheckParameters_IMessage_SetReadFlag(...) CheckParameters2(IMessage_SetReadFlag, __VA_ARGS__)

/* IABProvider */
#define Validate_IABProvider_Shutdown(...) ValidateParameters2(IABProvider_Shutdown, __VA_ARGS__)
#define UlValidate_IABProvider_Shutdown(...) UlValidateParameters2(IABProvider_Shutdown, __VA_ARGS__)
#define CheckParameters_IABProvider_Shutdown(...) CheckParameters2(IABProvider_Shutdown, __VA_ARGS__)
#define Validate_IABProvider_Logon(...) ValidateParameters9(IABProvider_Logon, __VA_ARGS__)
#define UlValidate_IABProvider_Logon(...) UlValidateParameters9(IABProvider_Logon, __VA_ARGS__)
#define CheckParameters_IABProvider_Logon(...) CheckParameters9(IABProvider_Logon, __VA_ARGS__)

/* IABLogon */
#define Validate_IABLogon_GetLastError(...) ValidateParameters4(IABLogon_GetLastError, __VA_ARGS__)
#define UlValidate_IABLogon_GetLastError(...) UlValidateParameters4(IABLogon_GetLastError, __VA_ARGS__)
#define CheckParameters_IABLogon_GetLastError(...) CheckParameters4(IABLogon_GetLastError, __VA_ARGS__)
#define Validate_IABLogon_Logoff(...) ValidateParameters2(IABLogon_Logoff, __VA_ARGS__)
#define UlValidate_IABLogon_Logoff(...) UlValidateParameters2(IABLogon_Logoff, __VA_ARGS__)
#define CheckParameters_IABLogon_Logoff(...) CheckParameters2(IABLogon_Logoff, __VA_ARGS__)
#define Validate_IABLogon_OpenEntry(...) ValidateParameters7(IABLogon_OpenEntry, __VA_ARGS__)
#define UlValidate_IABLogon_OpenEntry(...) UlValidateParameters7(IABLogon_OpenEntry, __VA_ARGS__)
#define CheckParameters_IABLogon_OpenEntry(...) CheckParameters7(IABLogon_OpenEntry, __VA_ARGS__)
#define Validate_IABLogon_CompareEntryIDs(...) ValidateParameters7(IABLogon_CompareEntryIDs, __VA_ARGS__)
#define UlValidate_IABLogon_CompareEntryIDs(...) UlValidateParameters7(IABLogon_CompareEntryIDs, __VA_ARGS__)
#define CheckParameters_IABLogon_CompareEntryIDs(...) CheckParameters7(IABLogon_CompareEntryIDs, __VA_ARGS__)
#define Validate_IABLogon_Advise(...) ValidateParameters6(IABLogon_Advise, __VA_ARGS__)
#define UlValidate_IABLogon_Advise(...) UlValidateParameters6(IABLogon_Advise, __VA_ARGS__)
#define CheckParameters_IABLogon_Advise(...) CheckParameters6(IABLogon_Advise, __VA_ARGS__)
#define Validate_IABLogon_Unadvise(...) ValidateParameters2(IABLogon_Unadvise, __VA_ARGS__)
#define UlValidate_IABLogon_Unadvise(...) UlValidateParameters2(IABLogon_Unadvise, __VA_ARGS__)
#define CheckParameters_IABLogon_Unadvise(...) CheckParameters2(IABLogon_Unadvise, __VA_ARGS__)
#define Validate_IABLogon_OpenStatusEntry(...) ValidateParameters5(IABLogon_OpenStatusEntry, __VA_ARGS__)
#define UlValidate_IABLogon_OpenStatusEntry(...) UlValidateParameters5(IABLogon_OpenStatusEntry, __VA_ARGS__)
#define CheckParameters_IABLogon_OpenStatusEntry(...) CheckParameters5(IABLogon_OpenStatusEntry, __VA_ARGS__)
#define Validate_IABLogon_OpenTemplateID(...) ValidateParameters8(IABLogon_OpenTemplateID, __VA_ARGS__)
#define UlValidate_IABLogon_OpenTemplateID(...) UlValidateParameters8(IABLogon_OpenTemplateID, __VA_ARGS__)
#define CheckParameters_IABLogon_OpenTemplateID(...) CheckParameters8(IABLogon_OpenTemplateID, __VA_ARGS__)
#define Validate_IABLogon_GetOneOffTable(...) ValidateParameters3(IABLogon_GetOneOffTable, __VA_ARGS__)
#define UlValidate_IABLogon_GetOneOffTable(...) UlValidateParameters3(IABLogon_GetOneOffTable, __VA_ARGS__)
#define CheckParameters_IABLogon_GetOneOffTable(...) CheckParameters3(IABLogon_GetOneOffTable, __VA_ARGS__)
#define Validate_IABLogon_PrepareRecips(...) ValidateParameters4(IABLogon_PrepareRecips, __VA_ARGS__)
#define UlValidate_IABLogon_PrepareRecips(...) UlValidateParameters4(IABLogon_PrepareRecips, __VA_ARGS__)
#define CheckParameters_IABLogon_PrepareRecips(...) CheckParameters4(IABLogon_PrepareRecips, __VA_ARGS__)

/* IXPProvider */
#define Validate_IXPProvider_Shutdown(...) ValidateParameters2(IXPProvider_Shutdown, __VA_ARGS__)
#define UlValidate_IXPProvider_Shutdown(...) UlValidateParameters2(IXPProvider_Shutdown, __VA_ARGS__)
#define CheckParameters_IXPProvider_Shutdown(...) CheckParameters2(IXPProvider_Shutdown, __VA_ARGS__)
#define Validate_IXPProvider_TransportLogon(...) ValidateParameters7(IXPProvider_TransportLogon, __VA_ARGS__)
#define UlValidate_IXPProvider_TransportLogon(...) UlValidateParameters7(IXPProvider_TransportLogon, __VA_ARGS__)
#define CheckParameters_IXPProvider_TransportLogon(...) CheckParameters7(IXPProvider_TransportLogon, __VA_ARGS__)

/* IXPLogon */
#define Validate_IXPLogon_AddressTypes(...) ValidateParameters6(IXPLogon_AddressTypes, __VA_ARGS__)
#define UlValidate_IXPLogon_AddressTypes(...) UlValidateParameters6(IXPLogon_AddressTypes, __VA_ARGS__)
#define CheckParameters_IXPLogon_AddressTypes(...) CheckParameters6(IXPLogon_AddressTypes, __VA_ARGS__)
#define Validate_IXPLogon_RegisterOptions(...) ValidateParameters4(IXPLogon_RegisterOptions, __VA_ARGS__)
#define UlValidate_IXPLogon_RegisterOptions(...) UlValidateParameters4(IXPLogon_RegisterOptions, __VA_ARGS__)
#define CheckParameters_IXPLogon_RegisterOptions(...) CheckParameters4(IXPLogon_RegisterOptions, __VA_ARGS__)
#define Validate_IXPLogon_TransportNotify(...) ValidateParameters3(IXPLogon_TransportNotify, __VA_ARGS__)
#define UlValidate_IXPLogon_TransportNotify(...) UlValidateParameters3(IXPLogon_TransportNotify, __VA_ARGS__)
#define CheckParameters_IXPLogon_TransportNotify(...) CheckParameters3(IXPLogon_TransportNotify, __VA_ARGS__)
#define Validate_IXPLogon_Idle(...) ValidateParameters2(IXPLogon_Idle, __VA_ARGS__)
#define UlValidate_IXPLogon_Idle(...) UlValidateParameters2(IXPLogon_Idle, __VA_ARGS__)
#define CheckParameters_IXPLogon_Idle(...) CheckParameters2(IXPLogon_Idle, __VA_ARGS__)
#define Validate_IXPLogon_TransportLogoff(...) ValidateParameters2(IXPLogon_TransportLogoff, __VA_ARGS__)
#define UlValidate_IXPLogon_TransportLogoff(...) UlValidateParameters2(IXPLogon_TransportLogoff, __VA_ARGS__)
#define CheckParameters_IXPLogon_TransportLogoff(...) CheckParameters2(IXPLogon_TransportLogoff, __VA_ARGS__)
#define Validate_IXPLogon_SubmitMessage(...) ValidateParameters5(IXPLogon_SubmitMessage, __VA_ARGS__)
#define UlValidate_IXPLogon_SubmitMessage(...) UlValidateParameters5(IXPLogon_SubmitMessage, __VA_ARGS__)
#define CheckParameters_IXPLogon_SubmitMessage(...) CheckParameters5(IXPLogon_SubmitMessage, __VA_ARGS__)
#define Validate_IXPLogon_EndMessage(...) ValidateParameters3(IXPLogon_EndMessage, __VA_ARGS__)
#define UlValidate_IXPLogon_EndMessage(...) UlValidateParameters3(IXPLogon_EndMessage, __VA_ARGS__)
#define CheckParameters_IXPLogon_EndMessage(...) CheckParameters3(IXPLogon_EndMessage, __VA_ARGS__)
#define Validate_IXPLogon_Poll(...) ValidateParameters2(IXPLogon_Poll, __VA_ARGS__)
#define UlValidate_IXPLogon_Poll(...) UlValidateParameters2(IXPLogon_Poll, __VA_ARGS__)
#define CheckParameters_IXPLogon_Poll(...) CheckParameters2(IXPLogon_Poll, __VA_ARGS__)
#define Validate_IXPLogon_StartMessage(...) ValidateParameters4(IXPLogon_StartMessage, __VA_ARGS__)
#define UlValidate_IXPLogon_StartMessage(...) UlValidateParameters4(IXPLogon_StartMessage, __VA_ARGS__)
#define CheckParameters_IXPLogon_StartMessage(...) CheckParameters4(IXPLogon_StartMessage, __VA_ARGS__)
#define Validate_IXPLogon_OpenStatusEntry(...) ValidateParameters5(IXPLogon_OpenStatusEntry, __VA_ARGS__)
#define UlValidate_IXPLogon_OpenStatusEntry(...) UlValidateParameters5(IXPLogon_OpenStatusEntry, __VA_ARGS__)
#define CheckParameters_IXPLogon_OpenStatusEntry(...) CheckParameters5(IXPLogon_OpenStatusEntry, __VA_ARGS__)
#define Validate_IXPLogon_ValidateState(...) ValidateParameters3(IXPLogon_ValidateState, __VA_ARGS__)
#define UlValidate_IXPLogon_ValidateState(...) UlValidateParameters3(IXPLogon_ValidateState, __VA_ARGS__)
#define CheckParameters_IXPLogon_ValidateState(...) CheckParameters3(IXPLogon_ValidateState, __VA_ARGS__)
#define Validate_IXPLogon_FlushQueues(...) ValidateParameters5(IXPLogon_FlushQueues, __VA_ARGS__)
#define UlValidate_IXPLogon_FlushQueues(...) UlValidateParameters5(IXPLogon_FlushQueues, __VA_ARGS__)
#define CheckParameters_IXPLogon_FlushQueues(...) CheckParameters5(IXPLogon_FlushQueues, __VA_ARGS__)

/* IMSProvider */
#define Validate_IMSProvider_Shutdown(...) ValidateParameters2(IMSProvider_Shutdown, __VA_ARGS__)
#define UlValidate_IMSProvider_Shutdown(...) UlValidateParameters2(IMSProvider_Shutdown, __VA_ARGS__)
#define CheckParameters_IMSProvider_Shutdown(...) CheckParameters2(IMSProvider_Shutdown, __VA_ARGS__)
#define Validate_IMSProvider_Logon(...) ValidateParameters13(IMSProvider_Logon, __VA_ARGS__)
#define UlValidate_IMSProvider_Logon(...) UlValidateParameters13(IMSProvider_Logon, __VA_ARGS__)
#define CheckParameters_IMSProvider_Logon(...) CheckParameters13(IMSProvider_Logon, __VA_ARGS__)
#define Validate_IMSProvider_SpoolerLogon(...) ValidateParameters13(IMSProvider_SpoolerLogon, __VA_ARGS__)
#define UlValidate_IMSProvider_SpoolerLogon(...) UlValidateParameters13(IMSProvider_SpoolerLogon, __VA_ARGS__)
#define CheckParameters_IMSProvider_SpoolerLogon(...) CheckParameters13(IMSProvider_SpoolerLogon, __VA_ARGS__)
#define Validate_IMSProvider_CompareStoreIDs(...) ValidateParameters7(IMSProvider_CompareStoreIDs, __VA_ARGS__)
#define UlValidate_IMSProvider_CompareStoreIDs(...) UlValidateParameters7(IMSProvider_CompareStoreIDs, __VA_ARGS__)
#define CheckParameters_IMSProvider_CompareStoreIDs(...) CheckParameters7(IMSProvider_CompareStoreIDs, __VA_ARGS__)

/* IMSLogon */
#define Validate_IMSLogon_GetLastError(...) ValidateParameters4(IMSLogon_GetLastError, __VA_ARGS__)
#define UlValidate_IMSLogon_GetLastError(...) UlValidateParameters4(IMSLogon_GetLastError, __VA_ARGS__)
#define CheckParameters_IMSLogon_GetLastError(...) CheckParameters4(IMSLogon_GetLastError, __VA_ARGS__)
#define Validate_IMSLogon_Logoff(...) ValidateParameters2(IMSLogon_Logoff, __VA_ARGS__)
#define UlValidate_IMSLogon_Logoff(...) UlValidateParameters2(IMSLogon_Logoff, __VA_ARGS__)
#define CheckParameters_IMSLogon_Logoff(...) CheckParameters2(IMSLogon_Logoff, __VA_ARGS__)
#define Validate_IMSLogon_OpenEntry(...) ValidateParameters7(IMSLogon_OpenEntry, __VA_ARGS__)
#define UlValidate_IMSLogon_OpenEntry(...) UlValidateParameters7(IMSLogon_OpenEntry, __VA_ARGS__)
#define CheckParameters_IMSLogon_OpenEntry(...) CheckParameters7(IMSLogon_OpenEntry, __VA_ARGS__)
#define Validate_IMSLogon_CompareEntryIDs(...) ValidateParameters7(IMSLogon_CompareEntryIDs, __VA_ARGS__)
#define UlValidate_IMSLogon_CompareEntryIDs(...) UlValidateParameters7(IMSLogon_CompareEntryIDs, __VA_ARGS__)
#define CheckParameters_IMSLogon_CompareEntryIDs(...) CheckParameters7(IMSLogon_CompareEntryIDs, __VA_ARGS__)
#define Validate_IMSLogon_Advise(...) ValidateParameters6(IMSLogon_Advise, __VA_ARGS__)
#define UlValidate_IMSLogon_Advise(...) UlValidateParameters6(IMSLogon_Advise, __VA_ARGS__)
#define CheckParameters_IMSLogon_Advise(...) CheckParameters6(IMSLogon_Advise, __VA_ARGS__)
#define Validate_IMSLogon_Unadvise(...) ValidateParameters2(IMSLogon_Unadvise, __VA_ARGS__)
#define UlValidate_IMSLogon_Unadvise(...) UlValidateParameters2(IMSLogon_Unadvise, __VA_ARGS__)
#define CheckParameters_IMSLogon_Unadvise(...) CheckParameters2(IMSLogon_Unadvise, __VA_ARGS__)
#define Validate_IMSLogon_OpenStatusEntry(...) ValidateParameters5(IMSLogon_OpenStatusEntry, __VA_ARGS__)
#define UlValidate_IMSLogon_OpenStatusEntry(...) UlValidateParameters5(IMSLogon_OpenStatusEntry, __VA_ARGS__)
#define CheckParameters_IMSLogon_OpenStatusEntry(...) CheckParameters5(IMSLogon_OpenStatusEntry, __VA_ARGS__)

/* IMAPIControl */
#define Validate_IMAPIControl_GetLastError(...) ValidateParameters4(IMAPIControl_GetLastError, __VA_ARGS__)
#define UlValidate_IMAPIControl_GetLastError(...) UlValidateParameters4(IMAPIControl_GetLastError, __VA_ARGS__)
#define CheckParameters_IMAPIControl_GetLastError(...) CheckParameters4(IMAPIControl_GetLastError, __VA_ARGS__)
#define Validate_IMAPIControl_Activate(...) ValidateParameters3(IMAPIControl_Activate, __VA_ARGS__)
#define UlValidate_IMAPIControl_Activate(...) UlValidateParameters3(IMAPIControl_Activate, __VA_ARGS__)
#define CheckParameters_IMAPIControl_Activate(...) CheckParameters3(IMAPIControl_Activate, __VA_ARGS__)
#define Validate_IMAPIControl_GetState(...) ValidateParameters3(IMAPIControl_GetState, __VA_ARGS__)
#define UlValidate_IMAPIControl_GetState(...) UlValidateParameters3(IMAPIControl_GetState, __VA_ARGS__)
#define CheckParameters_IMAPIControl_GetState(...) CheckParameters3(IMAPIControl_GetState, __VA_ARGS__)

/* IMAPIStatus */
#define Validate_IMAPIStatus_ValidateState(...) ValidateParameters3(IMAPIStatus_ValidateState, __VA_ARGS__)
#define UlValidate_IMAPIStatus_ValidateState(...) UlValidateParameters3(IMAPIStatus_ValidateState, __VA_ARGS__)
#define CheckParameters_IMAPIStatus_ValidateState(...) CheckParameters3(IMAPIStatus_ValidateState, __VA_ARGS__)
#define Validate_IMAPIStatus_SettingsDialog(...) ValidateParameters3(IMAPIStatus_SettingsDialog, __VA_ARGS__)
#define UlValidate_IMAPIStatus_SettingsDialog(...) UlValidateParameters3(IMAPIStatus_SettingsDialog, __VA_ARGS__)
#define CheckParameters_IMAPIStatus_SettingsDialog(...) CheckParameters3(IMAPIStatus_SettingsDialog, __VA_ARGS__)
#define Validate_IMAPIStatus_ChangePassword(...) ValidateParameters4(IMAPIStatus_ChangePassword, __VA_ARGS__)
#define UlValidate_IMAPIStatus_ChangePassword(...) UlValidateParameters4(IMAPIStatus_ChangePassword, __VA_ARGS__)
#define CheckParameters_IMAPIStatus_ChangePassword(...) CheckParameters4(IMAPIStatus_ChangePassword, __VA_ARGS__)
#define Validate_IMAPIStatus_FlushQueues(...) ValidateParameters5(IMAPIStatus_FlushQueues, __VA_ARGS__)
#define UlValidate_IMAPIStatus_FlushQueues(...) UlValidateParameters5(IMAPIStatus_FlushQueues, __VA_ARGS__)
#define CheckParameters_IMAPIStatus_FlushQueues(...) CheckParameters5(IMAPIStatus_FlushQueues, __VA_ARGS__)

/* IStream */
#define Validate_IStream_Read(...) ValidateParameters4(IStream__Read, __VA_ARGS__)
#define UlValidate_IStream_Read(...) UlValidateParameters4(IStream__Read, __VA_ARGS__)
#define CheckParameters_IStream_Read(...) CheckParameters4(IStream__Read, __VA_ARGS__)
#define Validate_IStream_Write(...) ValidateParameters4(IStream__Write, __VA_ARGS__)
#define UlValidate_IStream_Write(...) UlValidateParameters4(IStream__Write, __VA_ARGS__)
#define CheckParameters_IStream_Write(...) CheckParameters4(IStream__Write, __VA_ARGS__)
#define Validate_IStream_Seek(...) ValidateParameters4(IStream_Seek, __VA_ARGS__)
#define UlValidate_IStream_Seek(...) UlValidateParameters4(IStream_Seek, __VA_ARGS__)
#define CheckParameters_IStream_Seek(...) CheckParameters4(IStream_Seek, __VA_ARGS__)
#define Validate_IStream_SetSize(...) ValidateParameters2(IStream_SetSize, __VA_ARGS__)
#define UlValidate_IStream_SetSize(...) UlValidateParameters2(IStream_SetSize, __VA_ARGS__)
#define CheckParameters_IStream_SetSize(...) CheckParameters2(IStream_SetSize, __VA_ARGS__)
#define Validate_IStream_CopyTo(...) ValidateParameters5(IStream_CopyTo, __VA_ARGS__)
#define UlValidate_IStream_CopyTo(...) UlValidateParameters5(IStream_CopyTo, __VA_ARGS__)
#define CheckParameters_IStream_CopyTo(...) CheckParameters5(IStream_CopyTo, __VA_ARGS__)
#define Validate_IStream_Commit(...) ValidateParameters2(IStream_Commit, __VA_ARGS__)
#define UlValidate_IStream_Commit(...) UlValidateParameters2(IStream_Commit, __VA_ARGS__)
#define CheckParameters_IStream_Commit(...) CheckParameters2(IStream_Commit, __VA_ARGS__)
#define Validate_IStream_Revert(...) ValidateParameters1(IStream_Revert, __VA_ARGS__)
#define UlValidate_IStream_Revert(...) UlValidateParameters1(IStream_Revert, __VA_ARGS__)
#define CheckParameters_IStream_Revert(...) CheckParameters1(IStream_Revert, __VA_ARGS__)
#define Validate_IStream_LockRegion(...) ValidateParameters4(IStream_LockRegion, __VA_ARGS__)
#define UlValidate_IStream_LockRegion(...) UlValidateParameters4(IStream_LockRegion, __VA_ARGS__)
#define CheckParameters_IStream_LockRegion(...) CheckParameters4(IStream_LockRegion, __VA_ARGS__)
#define Validate_IStream_UnlockRegion(...) ValidateParameters4(IStream_UnlockRegion, __VA_ARGS__)
#define UlValidate_IStream_UnlockRegion(...) UlValidateParameters4(IStream_UnlockRegion, __VA_ARGS__)
#define CheckParameters_IStream_UnlockRegion(...) CheckParameters4(IStream_UnlockRegion, __VA_ARGS__)
#define Validate_IStream_Stat(...) ValidateParameters3(IStream_Stat, __VA_ARGS__)
#define UlValidate_IStream_Stat(...) UlValidateParameters3(IStream_Stat, __VA_ARGS__)
#define CheckParameters_IStream_Stat(...) CheckParameters3(IStream_Stat, __VA_ARGS__)
#define Validate_IStream_Clone(...) ValidateParameters2(IStream_Clone, __VA_ARGS__)
#define UlValidate_IStream_Clone(...) UlValidateParameters2(IStream_Clone, __VA_ARGS__)
#define CheckParameters_IStream_Clone(...) CheckParameters2(IStream_Clone, __VA_ARGS__)

/* IMAPIAdviseSink */
#define Validate_IMAPIAdviseSink_OnNotify(...) ValidateParameters3(IMAPIAdviseSink_OnNotify, __VA_ARGS__)
#define UlValidate_IMAPIAdviseSink_OnNotify(...) UlValidateParameters3(IMAPIAdviseSink_OnNotify, __VA_ARGS__)
#define CheckParameters_IMAPIAdviseSink_OnNotify(...) CheckParameters3(IMAPIAdviseSink_OnNotify, __VA_ARGS__)

#ifdef __cplusplus
}
#endif
#endif /* _INC_VALIDATE */
