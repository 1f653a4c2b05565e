/*
 * mapiaux.h: what Outlook added to MAPI later.
 */
#ifndef MAPIAUX_H
#define MAPIAUX_H

#include "mapix.h"

#ifdef __cplusplus
extern "C" {
#endif

DECLARE_MAPI_INTERFACE_PTR(IMsgServiceAdmin2, LPSERVICEADMIN2);

/* MAPILogonEx */
#define MAPI_BG_SESSION 0x00200000

/* MAPIINIT.ulFlags */
#define MAPI_NO_COINIT 0x00000008

/* SaveChanges */
#define SPAMFILTER_ONSAVE ((ULONG)0x00000080)
#define ITEMPROC_FORCE ((ULONG)0x00000800)
#define NON_EMS_XP_SAVE ((ULONG)0x00001000)

/* OpenMsgStore: not the cached copy */
#define MDB_ONLINE ((ULONG)0x00000100)

/* PR_STORE_SUPPORT_MASK */
#define STORE_UNICODE_OK ((ULONG)0x00040000)
#define STORE_ITEMPROC ((ULONG)0x00200000)

/* OpenEntry: only the server, only the cache */
#define MAPI_NO_CACHE ((ULONG)0x00000200)
#define MAPI_CACHE_ONLY ((ULONG)0x00004000)

/* Automatic archiving */
#define AG_MONTHS 0
#define AG_WEEKS 1
#define AG_DAYS 2
#define NUM_AG_TYPES 3

/* PR_DISPLAY_TYPE_EX: two display types and what is known of the remote one */
#define DTE_MASK_LOCAL 255
#define DTE_MASK_REMOTE 65280
#define DTE_FLAG_ACL_CAPABLE 0x40000000
#define DTE_FLAG_REMOTE_VALID 0x80000000
#define DTE_IS_REMOTE_VALID(v) (!!((v) & DTE_FLAG_REMOTE_VALID))
#define DTE_IS_ACL_CAPABLE(v) (!!((v) & DTE_FLAG_ACL_CAPABLE))
#define DTE_REMOTE(v) (((v) & DTE_MASK_REMOTE) >> 8)
#define DTE_LOCAL(v) ((v) & DTE_MASK_LOCAL)

/* PR_DISPLAY_TYPE */
#define DT_ROOM ((ULONG)7)
#define DT_EQUIPMENT ((ULONG)8)
#define DT_SEC_DISTLIST ((ULONG)9)

/* PR_MSG_EDITOR_FORMAT */
#define EDITOR_FORMAT_DONTKNOW ((ULONG)0)
#define EDITOR_FORMAT_PLAINTEXT ((ULONG)1)
#define EDITOR_FORMAT_HTML ((ULONG)2)
#define EDITOR_FORMAT_RTF ((ULONG)3)

/* RPC over HTTP */
#define ROHFLAGS_USE_ROH 0x00000001
#define ROHFLAGS_SSL_ONLY 0x00000002
#define ROHFLAGS_MUTUAL_AUTH 0x00000004
#define ROHFLAGS_HTTP_FIRST_ON_FAST 0x00000008
#define ROHFLAGS_HTTP_FIRST_ON_SLOW 0x00000020
#define ROHAUTH_BASIC 1
#define ROHAUTH_NTLM 2

/* Properties */
#define PR_ATTACH_CONTENT_ID PROP_TAG(PT_TSTRING, 0x3712)
#define PR_ATTACH_CONTENT_ID_W PROP_TAG(PT_UNICODE, 0x3712)
#define PR_ATTACH_CONTENT_ID_A PROP_TAG(PT_STRING8, 0x3712)
#define PR_DISPLAY_TYPE_EX PROP_TAG(PT_LONG, 0x3905)
#define PR_MSG_EDITOR_FORMAT PROP_TAG(PT_LONG, 0x5909)
#define PR_ROH_FLAGS PROP_TAG(PT_LONG, 0x6623)
#define PR_ROH_PROXY_AUTH_SCHEME PROP_TAG(PT_LONG, 0x6627)

#define MAPI_IMSGSERVICEADMIN_METHODS2(IPURE) \
    MAPIMETHOD(CreateMsgServiceEx)(THIS_ LPTSTR lpszService, LPTSTR lpszDisplayName, \
        ULONG_PTR ulUIParam, ULONG ulFlags, LPMAPIUID lpuidService) IPURE;
#undef INTERFACE
#define INTERFACE IMsgServiceAdmin2
DECLARE_MAPI_INTERFACE_(IMsgServiceAdmin2, IUnknown)
{
    BEGIN_INTERFACE
    MAPI_IUNKNOWN_METHODS(PURE)
    MAPI_IMSGSERVICEADMIN_METHODS(PURE)
    MAPI_IMSGSERVICEADMIN_METHODS2(PURE)
};

#ifdef __cplusplus
}
#endif
#endif /* MAPIAUX_H */

#ifndef MAPIAUXGUID_H
#ifdef INITGUID
#define MAPIAUXGUID_H /* defined once, declared as often as included */
#endif

#if !defined(INITGUID) || defined(USES_IID_IMessageRaw)
DEFINE_OLEGUID(IID_IMessageRaw, 0x0002038A, 0, 0);
#endif
#if !defined(INITGUID) || defined(USES_IID_IMsgServiceAdmin2)
DEFINE_OLEGUID(IID_IMsgServiceAdmin2, 0x00020387, 0, 0);
#endif

#endif /* MAPIAUXGUID_H */
