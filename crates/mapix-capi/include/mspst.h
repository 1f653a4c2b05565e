/*
 * mspst.h: settings of the service for personal folders.
 */
#ifndef _MSPST_H_
#define _MSPST_H_

#include "mapitags.h"

/* Properties of the provider's profile section */
#define PST_EXTERN_PROPID_BASE 0x6700
#define PR_PST_PATH PROP_TAG(PT_STRING8, 0x6700)
#define PR_PST_REMEMBER_PW PROP_TAG(PT_BOOLEAN, 0x6701)
#define PR_PST_ENCRYPTION PROP_TAG(PT_LONG, 0x6702)
#define PR_PST_PW_SZ_OLD PROP_TAG(PT_STRING8, 0x6703)
#define PR_PST_PW_SZ_NEW PROP_TAG(PT_STRING8, 0x6704)

/* PR_PST_ENCRYPTION */
#define PSTF_BEST_ENCRYPTION ((DWORD)0x20000000)
#define PSTF_COMPRESSABLE_ENCRYPTION ((DWORD)0x40000000)
#define PSTF_NO_ENCRYPTION ((DWORD)0x80000000)

#define MSPST_UID_PROVIDER \
    { 0x4E, 0x49, 0x54, 0x41, 0xF9, 0xBF, 0xB8, 0x01, 0x00, 0xAA, 0x00, 0x37, 0xD9, 0x6E, 0x00, 0x00 }

#endif /* _MSPST_H_ */
