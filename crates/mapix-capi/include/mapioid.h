/*
 * mapioid.h: the object identifiers that PR_ATTACH_TAG and PR_ATTACH_ENCODING hold.
 *
 * They are declared, and defined in the file that defines INITOID. OIDs are BER, without tag and
 * length.
 */
#ifndef _MAPIOID_
#define _MAPIOID_

#include "mapiplat.h"

/* The last arcs but some */
#define OID_TAG 10
#define OID_ENCODING 11

/* Lengths */
#define CB_OID_1 9
#define CB_OID_MAC_BINARY 9
#define CB_OID_MIMETAG 9
#define CB_OID_OLE 9
#define CB_OID_TNEF 9
#define CB_OID_2 10
#define CB_OID_OLE1 10
#define CB_OID_OLE2 10
#define CB_OID_3 11
#define CB_OID_OLE1_STORAGE 11
#define CB_OID_OLE2_STORAGE 11
#define CB_OID_4 12

#endif /* _MAPIOID_ */

#undef DEFINE_OID_1
#undef DEFINE_OID_2
#undef DEFINE_OID_3
#undef DEFINE_OID_4
#undef MAPI_OID
#ifdef INITOID
#define MAPI_OID(name, ...)                        \
    EXTERN_C const BYTE name[] DECLSPEC_SELECTANY; \
    const BYTE name[] = { 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x14, 0x03, __VA_ARGS__ }
#else
#define MAPI_OID(name, ...) EXTERN_C const BYTE name[]
#endif
#define DEFINE_OID_1(name, b0, b1) MAPI_OID(name, b0, b1)
#define DEFINE_OID_2(name, b0, b1, b2) MAPI_OID(name, b0, b1, b2)
#define DEFINE_OID_3(name, b0, b1, b2, b3) MAPI_OID(name, b0, b1, b2, b3)
#define DEFINE_OID_4(name, b0, b1, b2, b3, b4) MAPI_OID(name, b0, b1, b2, b3, b4)

#ifndef MAPIOID_DEFINED
#ifdef INITOID
#define MAPIOID_DEFINED /* defined once, declared as often as included */
#endif

DEFINE_OID_1(OID_TNEF, OID_TAG, 0x01);
DEFINE_OID_1(OID_OLE, OID_TAG, 0x03);
DEFINE_OID_2(OID_OLE1, OID_TAG, 0x03, 0x01);
DEFINE_OID_3(OID_OLE1_STORAGE, OID_TAG, 0x03, 0x01, 0x01);
DEFINE_OID_2(OID_OLE2, OID_TAG, 0x03, 0x02);
DEFINE_OID_3(OID_OLE2_STORAGE, OID_TAG, 0x03, 0x02, 0x01);
DEFINE_OID_1(OID_MAC_BINARY, OID_ENCODING, 0x01);
DEFINE_OID_1(OID_MIMETAG, OID_TAG, 0x04);

#endif /* MAPIOID_DEFINED */
