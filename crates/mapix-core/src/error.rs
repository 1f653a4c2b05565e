//! One error for every door: a MAPI status code, a sentence, the place, and the cause.

use std::fmt;

/// A result whose error is a [`struct@Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A MAPI status code (`SCODE`), such as `MAPI_E_NOT_FOUND` = `0x8004010F`.
///
/// Its name is found with [`crate::names::error_name`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ErrorCode(pub u32);

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $value:literal, $alias:literal;)*) => {
        impl ErrorCode {
            $($(#[$doc])* #[doc(alias = $alias)] pub const $name: Self = Self($value);)*
        }
    };
}

codes! {
    /// The call failed for a reason that no other code names.
    CALL_FAILED = 0x80004005, "MAPI_E_CALL_FAILED";
    /// Memory ran out, or a value is too large for the call: open it as a stream.
    NOT_ENOUGH_MEMORY = 0x8007000E, "MAPI_E_NOT_ENOUGH_MEMORY";
    /// An argument is not allowed.
    INVALID_PARAMETER = 0x80070057, "MAPI_E_INVALID_PARAMETER";
    /// The object does not have the interface that was asked for.
    INTERFACE_NOT_SUPPORTED = 0x80004002, "MAPI_E_INTERFACE_NOT_SUPPORTED";
    /// The right to do this is missing.
    NO_ACCESS = 0x80070005, "MAPI_E_NO_ACCESS";
    /// The store does not do this.
    NO_SUPPORT = 0x80040102, "MAPI_E_NO_SUPPORT";
    /// The string has the wrong width.
    BAD_CHARWIDTH = 0x80040103, "MAPI_E_BAD_CHARWIDTH";
    /// The string is longer than allowed.
    STRING_TOO_LONG = 0x80040105, "MAPI_E_STRING_TOO_LONG";
    /// A flag is not known.
    UNKNOWN_FLAGS = 0x80040106, "MAPI_E_UNKNOWN_FLAGS";
    /// The entry ID is malformed.
    INVALID_ENTRYID = 0x80040107, "MAPI_E_INVALID_ENTRYID";
    /// The object is no longer good, for example since its session has logged off.
    INVALID_OBJECT = 0x80040108, "MAPI_E_INVALID_OBJECT";
    /// Somebody else saved the object meanwhile.
    OBJECT_CHANGED = 0x80040109, "MAPI_E_OBJECT_CHANGED";
    /// Somebody else deleted the object meanwhile.
    OBJECT_DELETED = 0x8004010A, "MAPI_E_OBJECT_DELETED";
    /// Another operation is still running.
    BUSY = 0x8004010B, "MAPI_E_BUSY";
    /// Not enough room on the disk.
    NOT_ENOUGH_DISK = 0x8004010D, "MAPI_E_NOT_ENOUGH_DISK";
    /// A resource other than memory or disk ran out.
    NOT_ENOUGH_RESOURCES = 0x8004010E, "MAPI_E_NOT_ENOUGH_RESOURCES";
    /// There is no such thing.
    NOT_FOUND = 0x8004010F, "MAPI_E_NOT_FOUND";
    /// The format or interface has another version.
    VERSION = 0x80040110, "MAPI_E_VERSION";
    /// The logon did not work.
    LOGON_FAILED = 0x80040111, "MAPI_E_LOGON_FAILED";
    /// No more sessions are possible.
    SESSION_LIMIT = 0x80040112, "MAPI_E_SESSION_LIMIT";
    /// The user stopped it.
    USER_CANCEL = 0x80040113, "MAPI_E_USER_CANCEL";
    /// Could not be ended.
    UNABLE_TO_ABORT = 0x80040114, "MAPI_E_UNABLE_TO_ABORT";
    /// A device or the network failed.
    NETWORK_ERROR = 0x80040115, "MAPI_E_NETWORK_ERROR";
    /// Reading or writing a disk failed.
    DISK_ERROR = 0x80040116, "MAPI_E_DISK_ERROR";
    /// Too complex for this store.
    TOO_COMPLEX = 0x80040117, "MAPI_E_TOO_COMPLEX";
    /// The column is not known.
    BAD_COLUMN = 0x80040118, "MAPI_E_BAD_COLUMN";
    /// The property is computed by the store and cannot be set.
    COMPUTED = 0x8004011A, "MAPI_E_COMPUTED";
    /// The stored bytes are damaged.
    CORRUPT_DATA = 0x8004011B, "MAPI_E_CORRUPT_DATA";
    /// A service has not been configured.
    UNCONFIGURED = 0x8004011C, "MAPI_E_UNCONFIGURED";
    /// One provider failed; the others work.
    FAILONEPROVIDER = 0x8004011D, "MAPI_E_FAILONEPROVIDER";
    /// The session is ending.
    END_OF_SESSION = 0x80040200, "MAPI_E_END_OF_SESSION";
    /// No provider knows this entry ID.
    UNKNOWN_ENTRYID = 0x80040201, "MAPI_E_UNKNOWN_ENTRYID";
    /// A required column is missing.
    MISSING_REQUIRED_COLUMN = 0x80040202, "MAPI_E_MISSING_REQUIRED_COLUMN";
    /// The property has another type than asked for.
    UNEXPECTED_TYPE = 0x80040304, "MAPI_E_UNEXPECTED_TYPE";
    /// The property ID is not allowed here.
    UNEXPECTED_ID = 0x80040307, "MAPI_E_UNEXPECTED_ID";
    /// The value is not good for this property.
    BAD_VALUE = 0x80040301, "MAPI_E_BAD_VALUE";
    /// The type of the value does not fit.
    INVALID_TYPE = 0x80040302, "MAPI_E_INVALID_TYPE";
    /// The property type is not supported.
    TYPE_NO_SUPPORT = 0x80040303, "MAPI_E_TYPE_NO_SUPPORT";
    /// More than can be handled.
    TOO_BIG = 0x80040305, "MAPI_E_TOO_BIG";
    /// The provider declines to copy; the caller does it.
    DECLINE_COPY = 0x80040306, "MAPI_E_DECLINE_COPY";
    /// It could not be finished.
    UNABLE_TO_COMPLETE = 0x80040400, "MAPI_E_UNABLE_TO_COMPLETE";
    /// It took too long.
    TIMEOUT = 0x80040401, "MAPI_E_TIMEOUT";
    /// The table has no rows.
    TABLE_EMPTY = 0x80040402, "MAPI_E_TABLE_EMPTY";
    /// The table is too large for this.
    TABLE_TOO_BIG = 0x80040403, "MAPI_E_TABLE_TOO_BIG";
    /// The bookmark is not good.
    INVALID_BOOKMARK = 0x80040405, "MAPI_E_INVALID_BOOKMARK";
    /// The message is in the outgoing queue.
    SUBMITTED = 0x80040608, "MAPI_E_SUBMITTED";
    /// The folder still holds folders.
    HAS_FOLDERS = 0x80040609, "MAPI_E_HAS_FOLDERS";
    /// The folder still holds messages.
    HAS_MESSAGES = 0x8004060A, "MAPI_E_HAS_MESSAGES";
    /// A folder would hold itself.
    FOLDER_CYCLE = 0x8004060B, "MAPI_E_FOLDER_CYCLE";
    /// The store as a whole is damaged.
    CORRUPT_STORE = 0x80040600, "MAPI_E_CORRUPT_STORE";
    /// The store is full.
    STORE_FULL = 0x8004060C, "MAPI_E_STORE_FULL";
    /// The code page is not known.
    UNKNOWN_CPID = 0x8004011E, "MAPI_E_UNKNOWN_CPID";
    /// The operation was cancelled.
    CANCEL = 0x80040501, "MAPI_E_CANCEL";
    /// The name is taken.
    COLLISION = 0x80040604, "MAPI_E_COLLISION";
    /// MAPI has not been initialized.
    NOT_INITIALIZED = 0x80040605, "MAPI_E_NOT_INITIALIZED";
    /// The message has no recipients.
    NO_RECIPIENTS = 0x80040607, "MAPI_E_NO_RECIPIENTS";
    /// The message is not in the outgoing queue.
    NOT_IN_QUEUE = 0x80040601, "MAPI_E_NOT_IN_QUEUE";
}

/// A warning: the call worked, with a remark. Warnings are values, never errors.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Warning {
    /// Some properties could not be given; each carries its own error value.
    #[doc(alias = "MAPI_W_ERRORS_RETURNED")]
    ErrorsReturned,
    /// The bookmark's row is gone; the cursor stands at the next one.
    #[doc(alias = "MAPI_W_POSITION_CHANGED")]
    PositionChanged,
    /// The count is not exact.
    #[doc(alias = "MAPI_W_APPROX_COUNT")]
    ApproximateCount,
    /// Some of the items were not treated.
    #[doc(alias = "MAPI_W_PARTIAL_COMPLETION")]
    PartialCompletion,
}

impl Warning {
    /// The status code that stands for it at the C ABI.
    pub fn code(self) -> ErrorCode {
        ErrorCode(match self {
            Self::ErrorsReturned => 0x0004_0380,
            Self::PositionChanged => 0x0004_0481,
            Self::ApproximateCount => 0x0004_0482,
            Self::PartialCompletion => 0x0004_0680,
        })
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match crate::names::error_name(*self) {
            Some(name) => f.write_str(name),
            None => write!(f, "0x{:08X}", self.0),
        }
    }
}

impl fmt::Debug for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self} (0x{:08X})", self.0)
    }
}

/// What went wrong: a MAPI status code, a sentence, the places it passed on its way up, and
/// the error beneath it.
///
/// `Display` prints one line that names place and cause: `enron.pst: folder 0x8022: block 0x1234
/// at 0x5600: checksum mismatch`. The status code is [`Error::code`].
pub struct Error(Box<Inner>);

struct Inner {
    code: ErrorCode,
    message: String,
    /// Outermost last.
    context: Vec<String>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// A new error with a code and a sentence without a full stop.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self(Box::new(Inner { code, message: message.into(), context: Vec::new(), source: None }))
    }

    /// `MAPI_E_CORRUPT_DATA` with a sentence.
    pub fn corrupt(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::CORRUPT_DATA, message)
    }

    /// `MAPI_E_NOT_FOUND` with a sentence.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::NOT_FOUND, message)
    }

    /// `MAPI_E_NO_SUPPORT` with a sentence.
    pub fn no_support(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::NO_SUPPORT, message)
    }

    /// `MAPI_E_INVALID_PARAMETER` with a sentence.
    pub fn invalid_parameter(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::INVALID_PARAMETER, message)
    }

    /// Adds the place, seen from further out: a file, a folder, a block. A place that was added
    /// last is not added again.
    pub fn context(mut self, place: impl fmt::Display) -> Self {
        let place = place.to_string();
        if self.0.context.last() != Some(&place) {
            self.0.context.push(place);
        }
        self
    }

    /// Keeps the error beneath this one.
    pub fn with_source(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// The MAPI status code.
    pub fn code(&self) -> ErrorCode {
        self.0.code
    }

    /// The sentence, without places and cause.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The places, innermost first.
    pub fn places(&self) -> &[String] {
        &self.0.context
    }
}

/// Adds a place to the error of a result.
pub trait Context<T> {
    /// Adds the place, which is only worked out when there is an error.
    fn context<P: fmt::Display>(self, place: impl FnOnce() -> P) -> Result<T>;
}

impl<T, E: Into<Error>> Context<T> for std::result::Result<T, E> {
    fn context<P: fmt::Display>(self, place: impl FnOnce() -> P) -> Result<T> {
        self.map_err(|error| error.into().context(place()))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for place in self.0.context.iter().rev() {
            write!(f, "{place}: ")?;
        }
        f.write_str(&self.0.message)?;
        match &self.0.source {
            Some(source) => write!(f, ": {source}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self} [{:?}]", self.0.code)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0.source {
            Some(source) => Some(source.as_ref()),
            None => None,
        }
    }
}

impl From<std::io::Error> for Error {
    /// Keeps a MAPI error that travelled inside an I/O error; else finds the nearest code.
    fn from(error: std::io::Error) -> Self {
        use std::io::ErrorKind;
        if matches!(error.get_ref(), Some(inner) if inner.is::<Self>()) {
            let inner = error.into_inner().and_then(|inner| inner.downcast::<Self>().ok());
            return inner
                .map_or_else(|| Self::new(ErrorCode::DISK_ERROR, "input or output"), |e| *e);
        }
        let (code, message) = match error.kind() {
            ErrorKind::NotFound => (ErrorCode::NOT_FOUND, "no such file or directory"),
            ErrorKind::PermissionDenied => (ErrorCode::NO_ACCESS, "permission denied"),
            ErrorKind::ReadOnlyFilesystem => (ErrorCode::NO_ACCESS, "the file system is read-only"),
            ErrorKind::IsADirectory => (ErrorCode::INVALID_PARAMETER, "is a directory"),
            ErrorKind::StorageFull => (ErrorCode::NOT_ENOUGH_DISK, "the disk is full"),
            ErrorKind::UnexpectedEof => (ErrorCode::CORRUPT_DATA, "ends too early"),
            _ => return Self::new(ErrorCode::DISK_ERROR, error.to_string()),
        };
        Self::new(code, message)
    }
}

impl From<Error> for std::io::Error {
    fn from(error: Error) -> Self {
        Self::other(error)
    }
}
