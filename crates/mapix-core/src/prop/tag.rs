//! Property tags and types.

use std::fmt;

/// The type half of a property tag, such as `PT_UNICODE` = `0x001F`.
///
/// Types that are not known keep their number.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PropType(pub u16);

macro_rules! types {
    ($($(#[$doc:meta])* $name:ident = $value:literal, $mapi:literal;)*) => {
        impl PropType {
            $($(#[$doc])* #[doc(alias = $mapi)] pub const $name: Self = Self($value);)*

            /// Its MAPI name, such as `PT_LONG`; `None` for a type that MAPI does not define.
            pub fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($value => Some($mapi),)*
                    _ => None,
                }
            }

            /// Finds a type by its MAPI name.
            pub fn from_name(name: &str) -> Option<Self> {
                match name {
                    $($mapi => Some(Self($value)),)*
                    "PT_I2" => Some(Self::I16),
                    "PT_I4" => Some(Self::I32),
                    "PT_R4" => Some(Self::F32),
                    "PT_R8" => Some(Self::F64),
                    "PT_LONGLONG" => Some(Self::I64),
                    _ => None,
                }
            }
        }
    };
}

types! {
    /// Any type: the caller takes what there is.
    UNSPECIFIED = 0x0000, "PT_UNSPECIFIED";
    /// No value.
    NULL = 0x0001, "PT_NULL";
    /// 16-bit signed integer.
    I16 = 0x0002, "PT_SHORT";
    /// 32-bit signed integer.
    I32 = 0x0003, "PT_LONG";
    /// 32-bit floating point.
    F32 = 0x0004, "PT_FLOAT";
    /// 64-bit floating point.
    F64 = 0x0005, "PT_DOUBLE";
    /// 64-bit integer, scaled by 10,000.
    CURRENCY = 0x0006, "PT_CURRENCY";
    /// Days since 30 December 1899 as floating point.
    APP_TIME = 0x0007, "PT_APPTIME";
    /// A status code in place of a value.
    ERROR = 0x000A, "PT_ERROR";
    /// True or false.
    BOOL = 0x000B, "PT_BOOLEAN";
    /// An object: an embedded message, a table, an OLE storage.
    OBJECT = 0x000D, "PT_OBJECT";
    /// 64-bit signed integer.
    I64 = 0x0014, "PT_I8";
    /// String in a code page.
    STRING8 = 0x001E, "PT_STRING8";
    /// String in UTF-16.
    UNICODE = 0x001F, "PT_UNICODE";
    /// 100-nanosecond ticks since 1601 (UTC).
    TIME = 0x0040, "PT_SYSTIME";
    /// GUID.
    GUID = 0x0048, "PT_CLSID";
    /// Entry ID in the form that servers use.
    SVREID = 0x00FB, "PT_SVREID";
    /// Restriction.
    RESTRICTION = 0x00FD, "PT_SRESTRICTION";
    /// Rule actions.
    ACTIONS = 0x00FE, "PT_ACTIONS";
    /// Bytes.
    BINARY = 0x0102, "PT_BINARY";
    /// Many 16-bit integers.
    MV_I16 = 0x1002, "PT_MV_SHORT";
    /// Many 32-bit integers.
    MV_I32 = 0x1003, "PT_MV_LONG";
    /// Many 32-bit floating points.
    MV_F32 = 0x1004, "PT_MV_FLOAT";
    /// Many 64-bit floating points.
    MV_F64 = 0x1005, "PT_MV_DOUBLE";
    /// Many currency values.
    MV_CURRENCY = 0x1006, "PT_MV_CURRENCY";
    /// Many application times.
    MV_APP_TIME = 0x1007, "PT_MV_APPTIME";
    /// Many 64-bit integers.
    MV_I64 = 0x1014, "PT_MV_I8";
    /// Many strings in a code page.
    MV_STRING8 = 0x101E, "PT_MV_STRING8";
    /// Many strings in UTF-16.
    MV_UNICODE = 0x101F, "PT_MV_UNICODE";
    /// Many times.
    MV_TIME = 0x1040, "PT_MV_SYSTIME";
    /// Many GUIDs.
    MV_GUID = 0x1048, "PT_MV_CLSID";
    /// Many byte strings.
    MV_BINARY = 0x1102, "PT_MV_BINARY";
}

impl PropType {
    /// Set in the type of every multivalue (`MV_FLAG`).
    pub const MV_FLAG: u16 = 0x1000;

    /// Whether it is a multivalue type.
    pub fn is_multi(self) -> bool {
        self.0 & Self::MV_FLAG != 0
    }

    /// The type of one of its values, if it is a multivalue type; else itself.
    pub fn single(self) -> Self {
        Self(self.0 & !Self::MV_FLAG)
    }

    /// Whether it is one of the two single string types.
    pub fn is_string(self) -> bool {
        self == Self::STRING8 || self == Self::UNICODE
    }

    /// The size in bytes of a value that always has the same size.
    pub fn fixed_size(self) -> Option<usize> {
        Some(match self {
            Self::NULL => 0,
            Self::BOOL => 1,
            Self::I16 => 2,
            Self::I32 | Self::F32 | Self::ERROR => 4,
            Self::F64 | Self::CURRENCY | Self::APP_TIME | Self::I64 | Self::TIME => 8,
            Self::GUID => 16,
            _ => return None,
        })
    }
}

impl fmt::Display for PropType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "0x{:04X}", self.0),
        }
    }
}

impl fmt::Debug for PropType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A property tag: the ID in the high half, the type in the low one. `PR_SUBJECT_W` is
/// `0x0037001F`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PropTag(pub u32);

impl PropTag {
    /// From an ID and a type (`PROP_TAG`).
    #[doc(alias = "PROP_TAG")]
    pub const fn new(id: u16, prop_type: PropType) -> Self {
        Self((id as u32) << 16 | prop_type.0 as u32)
    }

    /// The ID (`PROP_ID`).
    #[doc(alias = "PROP_ID")]
    pub const fn id(self) -> u16 {
        (self.0 >> 16) as u16
    }

    /// The type (`PROP_TYPE`).
    #[doc(alias = "PROP_TYPE")]
    pub const fn prop_type(self) -> PropType {
        PropType(self.0 as u16)
    }

    /// The same ID with another type (`CHANGE_PROP_TYPE`).
    #[doc(alias = "CHANGE_PROP_TYPE")]
    pub const fn with_type(self, prop_type: PropType) -> Self {
        Self::new(self.id(), prop_type)
    }

    /// Whether the ID stands for a name in the map of the store (`0x8000` to `0xFFFE`).
    pub const fn is_named(self) -> bool {
        matches!(self.id(), 0x8000..=0xFFFE)
    }
}

impl fmt::Display for PropTag {
    /// The preferred MAPI name, or `0x0037001F` if it has none.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match crate::names::tag_name(*self) {
            Some(name) => f.write_str(name),
            None => write!(f, "0x{:08X}", self.0),
        }
    }
}

impl fmt::Debug for PropTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{:08X}", self.0)
    }
}

/// The tags that the code of mapix itself speaks of, under their MAPI names without `PR_`.
/// [`crate::names`] knows all of them.
#[allow(missing_docs)]
pub mod tags {
    use super::PropTag;

    macro_rules! tags {
        ($($name:ident = $value:literal;)*) => {
            $(pub const $name: PropTag = PropTag($value);)*
        };
    }

    tags! {
        NULL = 0x0000_0001;
        MESSAGE_CLASS = 0x001A_001F;
        SUBJECT = 0x0037_001F;
        SUBJECT_PREFIX = 0x003D_001F;
        NORMALIZED_SUBJECT = 0x0E1D_001F;
        CLIENT_SUBMIT_TIME = 0x0039_0040;
        MESSAGE_DELIVERY_TIME = 0x0E06_0040;
        SENT_REPRESENTING_NAME = 0x0042_001F;
        SENT_REPRESENTING_EMAIL_ADDRESS = 0x0065_001F;
        SENT_REPRESENTING_ADDRTYPE = 0x0064_001F;
        SENT_REPRESENTING_SMTP_ADDRESS = 0x5D02_001F;
        SENT_REPRESENTING_ENTRYID = 0x0041_0102;
        SENDER_NAME = 0x0C1A_001F;
        SENDER_EMAIL_ADDRESS = 0x0C1F_001F;
        SENDER_ADDRTYPE = 0x0C1E_001F;
        SENDER_SMTP_ADDRESS = 0x5D01_001F;
        SENDER_ENTRYID = 0x0C19_0102;
        DISPLAY_TO = 0x0E04_001F;
        DISPLAY_CC = 0x0E03_001F;
        DISPLAY_BCC = 0x0E02_001F;
        IMPORTANCE = 0x0017_0003;
        PRIORITY = 0x0026_0003;
        SENSITIVITY = 0x0036_0003;
        MESSAGE_FLAGS = 0x0E07_0003;
        MESSAGE_SIZE = 0x0E08_0003;
        MESSAGE_SIZE_EXTENDED = 0x0E08_0014;
        HASATTACH = 0x0E1B_000B;
        MESSAGE_RECIPIENTS = 0x0E12_000D;
        MESSAGE_ATTACHMENTS = 0x0E13_000D;
        BODY = 0x1000_001F;
        HTML = 0x1013_0102;
        BODY_HTML = 0x1013_001F;
        RTF_COMPRESSED = 0x1009_0102;
        RTF_IN_SYNC = 0x0E1F_000B;
        INTERNET_MESSAGE_ID = 0x1035_001F;
        TRANSPORT_MESSAGE_HEADERS = 0x007D_001F;
        INTERNET_CPID = 0x3FDE_0003;
        MESSAGE_CODEPAGE = 0x3FFD_0003;
        ENTRYID = 0x0FFF_0102;
        PARENT_ENTRYID = 0x0E09_0102;
        STORE_ENTRYID = 0x0FFB_0102;
        RECORD_KEY = 0x0FF9_0102;
        STORE_RECORD_KEY = 0x0FFA_0102;
        SEARCH_KEY = 0x300B_0102;
        CHANGE_KEY = 0x65E2_0102;
        SOURCE_KEY = 0x65E0_0102;
        INSTANCE_KEY = 0x0FF6_0102;
        MAPPING_SIGNATURE = 0x0FF8_0102;
        OBJECT_TYPE = 0x0FFE_0003;
        DISPLAY_TYPE = 0x3900_0003;
        DISPLAY_NAME = 0x3001_001F;
        COMMENT = 0x3004_001F;
        FOLDER_TYPE = 0x3601_0003;
        CONTENT_COUNT = 0x3602_0003;
        CONTENT_UNREAD = 0x3603_0003;
        SUBFOLDERS = 0x360A_000B;
        CONTAINER_CLASS = 0x3613_001F;
        CONTAINER_CONTENTS = 0x360F_000D;
        CONTAINER_HIERARCHY = 0x360E_000D;
        FOLDER_ASSOCIATED_CONTENTS = 0x3610_000D;
        CONTAINER_FLAGS = 0x3600_0003;
        ASSOC_CONTENT_COUNT = 0x3617_0003;
        DEPTH = 0x3005_0003;
        STATUS = 0x360B_0003;
        ROW_TYPE = 0x0FF5_0003;
        ROWID = 0x3000_0003;
        MSG_STATUS = 0x0E17_0003;
        ACCESS = 0x0FF4_0003;
        ACCESS_LEVEL = 0x0FF7_0003;
        STORE_SUPPORT_MASK = 0x340D_0003;
        MDB_PROVIDER = 0x3414_0102;
        PROVIDER_DISPLAY = 0x3006_001F;
        VALID_FOLDER_MASK = 0x35DF_0003;
        IPM_SUBTREE_ENTRYID = 0x35E0_0102;
        IPM_OUTBOX_ENTRYID = 0x35E2_0102;
        IPM_WASTEBASKET_ENTRYID = 0x35E3_0102;
        IPM_SENTMAIL_ENTRYID = 0x35E4_0102;
        VIEWS_ENTRYID = 0x35E5_0102;
        COMMON_VIEWS_ENTRYID = 0x35E6_0102;
        FINDER_ENTRYID = 0x35E7_0102;
        IPM_APPOINTMENT_ENTRYID = 0x36D0_0102;
        IPM_CONTACT_ENTRYID = 0x36D1_0102;
        IPM_JOURNAL_ENTRYID = 0x36D2_0102;
        IPM_NOTE_ENTRYID = 0x36D3_0102;
        IPM_TASK_ENTRYID = 0x36D4_0102;
        IPM_DRAFTS_ENTRYID = 0x36D7_0102;
        ADDITIONAL_REN_ENTRYIDS = 0x36D8_1102;
        ADDITIONAL_REN_ENTRYIDS_EX = 0x36D9_0102;
        CREATION_TIME = 0x3007_0040;
        LAST_MODIFICATION_TIME = 0x3008_0040;
        SEARCH_ATTACHMENTS = 0x0EA5_001F;
        ATTACH_NUM = 0x0E21_0003;
        ATTACH_METHOD = 0x3705_0003;
        ATTACH_FILENAME = 0x3704_001F;
        ATTACH_LONG_FILENAME = 0x3707_001F;
        ATTACH_DATA_BIN = 0x3701_0102;
        ATTACH_DATA_OBJ = 0x3701_000D;
        ATTACH_MIME_TAG = 0x370E_001F;
        ATTACH_CONTENT_ID = 0x3712_001F;
        ATTACH_SIZE = 0x0E20_0003;
        ATTACH_EXTENSION = 0x3703_001F;
        ATTACH_PATHNAME = 0x3708_001F;
        ATTACH_LONG_PATHNAME = 0x370D_001F;
        ATTACH_ENCODING = 0x3702_0102;
        ATTACH_RENDERING = 0x3709_0102;
        ATTACHMENT_HIDDEN = 0x7FFE_000B;
        ATTACH_FLAGS = 0x3714_0003;
        RENDERING_POSITION = 0x370B_0003;
        RECIPIENT_TYPE = 0x0C15_0003;
        ADDRTYPE = 0x3002_001F;
        EMAIL_ADDRESS = 0x3003_001F;
        SMTP_ADDRESS = 0x39FE_001F;
        RESPONSIBILITY = 0x0E0F_000B;
        PST_PASSWORD = 0x67FF_0003;
        PST_ENCRYPTION = 0x6702_0003;
        LTP_ROW_ID = 0x67F2_0003;
        LTP_ROW_VER = 0x67F3_0003;
        READ = 0x0E69_000B;
        REPLY_RECIPIENT_NAMES = 0x0050_001F;
        CONVERSATION_TOPIC = 0x0070_001F;
        CONVERSATION_INDEX = 0x0071_0102;
        PARENT_DISPLAY = 0x0E05_001F;
        RECEIVED_BY_NAME = 0x0040_001F;
        LAST_MODIFIER_NAME = 0x3FFA_001F;
        DELETE_AFTER_SUBMIT = 0x0E01_000B;
        SENTMAIL_ENTRYID = 0x0E0A_0102;
        SUBMIT_FLAGS = 0x0E14_0003;
        DEFERRED_SEND_NUMBER = 0x3FEB_0003;
        DEFERRED_SEND_TIME = 0x3FEF_0040;
        STATUS_STRING = 0x3E08_001F;
        IDENTITY_DISPLAY = 0x3E00_001F;
        IDENTITY_ENTRYID = 0x3E01_0102;
        IDENTITY_SEARCH_KEY = 0x3E05_0102;
        SENDER_SEARCH_KEY = 0x0C1D_0102;
        SENT_REPRESENTING_SEARCH_KEY = 0x003B_0102;
        REPORT_TEXT = 0x1001_001F;
        REPORT_TIME = 0x0032_0040;
        REPORT_ENTRYID = 0x0045_0102;
        ORIGINAL_SUBMIT_TIME = 0x004E_0040;
        ORIGINAL_SUBJECT = 0x0049_001F;
        ORIGINAL_ENTRYID = 0x3A12_0102;
        ORIG_MESSAGE_CLASS = 0x004B_001F;
        ORIGINAL_DISPLAY_TO = 0x0074_001F;
        NDR_REASON_CODE = 0x0C04_0003;
        NDR_DIAG_CODE = 0x0C05_0003;
        SUPPLEMENTARY_INFO = 0x0C1B_001F;
        READ_RECEIPT_REQUESTED = 0x0029_000B;
        RESOURCE_FLAGS = 0x3009_0003;
        CORRELATE = 0x0E0C_000B;
        CORRELATE_MTSID = 0x0E0D_0102;
        LOCALE_ID = 0x66A1_0003;
        STORE_STATE = 0x340E_0003;
        DEFAULT_STORE = 0x3400_000B;
        RESOURCE_TYPE = 0x3E03_0003;
        STATUS_CODE = 0x3E04_0003;
        PROVIDER_UID = 0x300C_0102;
        REPLICA_VERSION = 0x664B_0014;
        INITIAL_DETAILS_PANE = 0x3F08_0003;
        TRUST_SENDER = 0x0E79_0003;
        NATIVE_BODY_INFO = 0x1016_0003;
        MESSAGE_LOCALE_ID = 0x3FF1_0003;
        START_DATE = 0x0060_0040;
        END_DATE = 0x0061_0040;
        OWNER_APPT_ID = 0x0062_0003;
        RESPONSE_REQUESTED = 0x0063_000B;
        SEND_RICH_INFO = 0x3A40_000B;
        SEND_INTERNET_ENCODING = 0x3A71_0003;
        DISPLAY_TYPE_EX = 0x3905_0003;
        TITLE = 0x3A17_001F;
        COMPANY_NAME = 0x3A16_001F;
        BUSINESS_TELEPHONE_NUMBER = 0x3A08_001F;
        GIVEN_NAME = 0x3A06_001F;
        SURNAME = 0x3A11_001F;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_an_id_and_a_type() {
        assert_eq!(tags::SUBJECT.id(), 0x0037);
        assert_eq!(tags::SUBJECT.prop_type(), PropType::UNICODE);
        assert_eq!(tags::SUBJECT.with_type(PropType::STRING8), PropTag(0x0037_001E));
        assert!(PropTag(0x8000_0003).is_named());
        assert!(!PropTag(0xFFFF_0003).is_named());
    }

    #[test]
    fn types_have_names_both_ways() {
        for number in 0..=u16::MAX {
            if let Some(name) = PropType(number).name() {
                assert_eq!(PropType::from_name(name), Some(PropType(number)));
            }
        }
    }
}
