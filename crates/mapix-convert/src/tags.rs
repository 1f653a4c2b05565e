//! Tags that only conversions speak of, under their MAPI names without `PR_`.

use mapix_core::prop::{Guid, PropTag};

macro_rules! tags {
    ($($name:ident = $value:literal;)*) => {
        $(pub(crate) const $name: PropTag = PropTag($value);)*
    };
}

tags! {
    EXPIRY_TIME = 0x0015_0040;
    ORIGINATOR_DELIVERY_REPORT_REQUESTED = 0x0023_000B;
    REPLY_TIME = 0x0030_0040;
    SENT_REPRESENTING_SEARCH_KEY = 0x003B_0102;
    READ_RECEIPT_ENTRYID = 0x0046_0102;
    REPLY_RECIPIENT_ENTRIES = 0x004F_0102;
    READ_RECEIPT_SEARCH_KEY = 0x0053_0102;
    SENDER_SEARCH_KEY = 0x0C1D_0102;
    INTERNET_REFERENCES = 0x1039_001F;
    IN_REPLY_TO_ID = 0x1042_001F;
    LIST_HELP = 0x1043_001F;
    LIST_SUBSCRIBE = 0x1044_001F;
    LIST_UNSUBSCRIBE = 0x1045_001F;
    ATTACH_CONTENT_LOCATION = 0x3713_001F;
    ATTACHMENT_CONTACTPHOTO = 0x7FFF_000B;
    ORIGINAL_ENTRYID = 0x3A12_0102;
    AUTO_RESPONSE_SUPPRESS = 0x3FDF_0003;
    READ_RECEIPT_ADDRTYPE = 0x4029_001F;
    READ_RECEIPT_EMAIL_ADDRESS = 0x402A_001F;
    READ_RECEIPT_NAME = 0x402B_001F;
    READ_RECEIPT_SMTP_ADDRESS = 0x5D05_001F;
    RECIPIENT_ENTRYID = 0x5FF7_0102;
    RECIPIENT_FLAGS = 0x5FFD_0003;
    RECIPIENT_TRACKSTATUS = 0x5FFF_0003;
    PROXY_ADDRESSES = 0x800F_101F;
    DEFERRED_DELIVERY_TIME = 0x000F_0040;
    NON_RECEIPT_NOTIFICATION_REQUESTED = 0x0C06_000B;
    ICON_INDEX = 0x1080_0003;
    LAST_VERB_EXECUTED = 0x1081_0003;
    FLAG_STATUS = 0x1090_0003;
    FOLLOWUP_ICON = 0x1095_0003;
    ATTACH_CONTENT_BASE = 0x3711_001F;
    TEXT_ATTACHMENT_CHARSET = 0x371B_001F;
}

const fn ole(first: u32) -> Guid {
    Guid::new(first, 0, 0, [0xC0, 0, 0, 0, 0, 0, 0, 0x46])
}

/// Journal entries (`PSETID_Log`).
pub(crate) const PSETID_LOG: Guid = ole(0x0006_200A);
/// Sticky notes (`PSETID_Note`).
pub(crate) const PSETID_NOTE: Guid = ole(0x0006_200E);
/// Meetings (`PSETID_Meeting`).
pub(crate) const PSETID_MEETING: Guid =
    Guid::new(0x6ED8_DA90, 0x450B, 0x101B, [0x98, 0xDA, 0x00, 0xAA, 0x00, 0x3F, 0x13, 0x05]);
/// The provider UID of one-off entry IDs.
pub(crate) const ONE_OFF: Guid =
    Guid::new(0xA41F_2B81, 0xA3BE, 0x1910, [0x9D, 0x6E, 0x00, 0xDD, 0x01, 0x0F, 0x54, 0x02]);
