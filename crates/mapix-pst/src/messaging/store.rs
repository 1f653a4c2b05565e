//! An open file as a message store.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use mapix_core::prop::{CodePage, Guid, PropBag, PropTag, tags};
use mapix_core::store::{Capability, Diagnostic, ObjectRef, StoreInfo};
use mapix_core::{Context, Error, ErrorCode, Result};

use super::children::Children;
use super::message::OpenMessages;
use super::offline::ServerNumbers;
use crate::file::Source;
use crate::ltp::{NameMap, PropContext};
use crate::ndb::{FormatKind, Ndb, Nid, NidKind, Node, checksum};

/// A PST or OST file, opened for reading. It never changes, and any number of threads may use it.
///
/// It is a [`MessageStore`](mapix_core::store::MessageStore).
pub struct Pst {
    pub(super) ndb: Arc<Ndb>,
    info: StoreInfo,
    /// Of strings that do not say which they have.
    pub(super) code_page: CodePage,
    /// The checksum of the password; 0 if there is none.
    password: u32,
    names: OnceLock<NameMap>,
    pub(super) children: OnceLock<Children>,
    pub(super) messages: OpenMessages,
    pub(super) server_numbers: ServerNumbers,
}

/// `PR_CODE_PAGE_ID`.
const CODE_PAGE_ID: PropTag = PropTag(0x66C3_0003);

impl Pst {
    /// Opens a file.
    ///
    /// # Errors
    /// `MAPI_E_VERSION` for versions of the format that are not known, `MAPI_E_NO_ACCESS` for
    /// files whose key is elsewhere, `MAPI_E_CORRUPT_DATA` for files that are no PST or whose
    /// trees cannot be entered.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
        let source = Source::open(path)?;
        Self::from_source(source, &name).context(|| path.display().to_string())
    }

    /// Opens a file that is held in memory.
    ///
    /// # Errors
    /// As [`Pst::open`].
    pub fn from_bytes(bytes: impl Into<Arc<[u8]>>, name: &str) -> Result<Self> {
        Self::from_source(Source::Memory(bytes.into()), name).context(|| name.to_owned())
    }

    pub(crate) fn from_source(source: Source, name: &str) -> Result<Self> {
        let ndb = Arc::new(Ndb::open(source)?);
        let props = store_props(&ndb);
        let code_page = [tags::MESSAGE_CODEPAGE, CODE_PAGE_ID, tags::INTERNET_CPID]
            .into_iter()
            .filter_map(|tag| props.i32(tag))
            .find_map(CodePage::from_property);
        // OST files have no password, but -1 in its place.
        let password = props.i32(tags::PST_PASSWORD).filter(|_| !ndb.header().is_ost);
        let password = password.unwrap_or_default() as u32;
        let info = store_info(&ndb, &props, name, password != 0);
        Ok(Self {
            ndb,
            info,
            code_page: code_page.unwrap_or(CodePage::WESTERN),
            password,
            names: OnceLock::new(),
            children: OnceLock::new(),
            messages: OpenMessages::new(),
            server_numbers: ServerNumbers::default(),
        })
    }

    /// The file beneath, as nodes and blocks.
    pub fn ndb(&self) -> &Arc<Ndb> {
        &self.ndb
    }

    /// What kind of store it is.
    pub(crate) fn store_info(&self) -> &StoreInfo {
        &self.info
    }

    /// Whether Outlook asks for a password. The data can be read without.
    pub fn password_set(&self) -> bool {
        self.password != 0
    }

    /// Whether a password is the one that Outlook asks for; true if it asks for none.
    ///
    /// Only a checksum of 32 bits is stored (`PR_PST_PASSWORD`), so other passwords fit as well.
    pub fn verify_password(&self, password: &str) -> bool {
        self.password == 0
            || encode(password, self.code_page)
                .is_some_and(|bytes| checksum(&bytes) == self.password)
    }

    /// The map of named properties; empty if it cannot be read, which is a diagnostic.
    pub fn name_map(&self) -> &NameMap {
        self.names.get_or_init(|| {
            NameMap::open(&self.ndb).unwrap_or_else(|error| {
                self.ndb.diagnostics.error(None, "named properties", error);
                NameMap::default()
            })
        })
    }

    /// What was found to be wrong so far.
    pub(crate) fn found(&self) -> Vec<Diagnostic> {
        self.ndb.diagnostics.list()
    }

    /// The node of a folder or message in the node B-tree, if it is of one of some kinds.
    pub(super) fn object_node(&self, id: u64, kinds: &[NidKind]) -> Result<Node> {
        let nid = u32::try_from(id).map(Nid).ok().filter(|nid| kinds.contains(&nid.kind()));
        let nid = nid.ok_or_else(|| Error::not_found(format!("{id:#x} is no such object")))?;
        self.ndb.node(nid)
    }

    /// All properties of a node.
    pub(super) fn bag(
        &self,
        object: &ObjectRef,
        props: &PropContext<'_>,
        code_page: CodePage,
        inline: u64,
        wanted: impl Fn(PropTag) -> bool,
    ) -> PropBag {
        props.bag(code_page, inline, wanted, |tag, error| self.report(object, tag, &error))
    }

    /// Makes a diagnostic of a property that cannot be read.
    pub(super) fn report(&self, object: &ObjectRef, tag: PropTag, error: &Error) {
        let place = format!("{}: property {tag:?}", describe(object));
        self.ndb.diagnostics.error(Some(object), place, error);
    }
}

/// How diagnostics name an object.
pub(super) fn describe(object: &ObjectRef) -> String {
    match object {
        ObjectRef::Store => "store".into(),
        ObjectRef::Folder(id) => format!("folder {id:#x}"),
        ObjectRef::Message(message) => match message.embedded.as_slice() {
            [] => format!("message {:#x}", message.id),
            path => format!("message {:#x} in attachments {path:?}", message.id),
        },
        ObjectRef::Attachment(message, number) => {
            format!("{}: attachment {number}", describe(&ObjectRef::Message(message.clone())))
        }
    }
}

/// The properties of the store; none if they cannot be read, so that the rest still can.
fn store_props(ndb: &Ndb) -> PropBag {
    let read = || {
        let node = ndb.node(Nid::STORE)?;
        let props = PropContext::open(ndb, &node)?;
        Ok(props.bag(
            CodePage::WESTERN,
            4096,
            |_| true,
            |tag, error| {
                let place = format!("store: property {tag:?}");
                ndb.diagnostics.error(Some(&ObjectRef::Store), place, error);
            },
        ))
    };
    read().unwrap_or_else(|error: Error| {
        ndb.diagnostics.error(Some(&ObjectRef::Store), "store", error);
        PropBag::new()
    })
}

fn store_info(ndb: &Ndb, props: &PropBag, name: &str, password: bool) -> StoreInfo {
    let header = ndb.header();
    let kind = ndb.format().kind;
    let (family, layout) = match (header.is_ost, kind) {
        (false, _) if kind == FormatKind::Ansi => ("PST", "ANSI"),
        (true, FormatKind::Ansi) => ("OST", "ANSI"),
        (false, FormatKind::Unicode4k) => ("PST", "Unicode, 4K pages"),
        (true, FormatKind::Unicode4k) => ("OST", "Unicode, 4K pages"),
        (false, _) => ("PST", "Unicode"),
        (true, _) => ("OST", "Unicode"),
    };
    let display_name = props.text(tags::DISPLAY_NAME).filter(|text| !text.is_empty());
    let uid = props.bytes(tags::RECORD_KEY).and_then(Guid::from_slice);
    if uid.is_none() {
        ndb.diagnostics.warn("store", "no record key, so entry IDs have a UID of zeros");
    }
    let yes_no = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
    StoreInfo {
        uid: uid.unwrap_or_default(),
        provider: "MAPIX_PST",
        display_name: display_name.unwrap_or_else(|| name.to_owned()),
        format: format!("{family}, {layout}"),
        root: Nid::ROOT_FOLDER.0.into(),
        capability: match kind {
            FormatKind::Ansi => Capability::NONE,
            _ => Capability::UNICODE,
        },
        details: vec![
            ("version", header.version.to_string()),
            ("encryption", format!("{:?}", header.crypt).to_lowercase()),
            ("password", yes_no(password)),
            ("allocation maps valid", yes_no(header.maps_valid != 0)),
        ],
    }
}

/// Text in a code page with one byte for each character; `None` if it has no such character.
fn encode(text: &str, code_page: CodePage) -> Option<Vec<u8>> {
    let encode = |letter: char| {
        if letter.is_ascii() {
            return Some(letter as u8);
        }
        let mut buffer = [0; 4];
        let letter = &*letter.encode_utf8(&mut buffer);
        (0x80..=0xFF).find(|byte| code_page.decode(&[*byte]) == letter)
    };
    text.chars().map(encode).collect()
}

/// Changing a file is not possible yet.
pub(crate) fn read_only() -> Error {
    Error::new(ErrorCode::NO_ACCESS, "PST files are opened for reading only")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_taken_in_the_code_page() {
        assert_eq!(encode("aé", CodePage::WESTERN).unwrap(), b"a\xE9");
        assert_eq!(encode("П", CodePage(1251)).unwrap(), b"\xCF");
        assert!(encode("П", CodePage::WESTERN).is_none());
    }
}
