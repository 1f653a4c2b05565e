//! A provider whose store fails, at each call in turn: nothing is done by halves, nothing is said that
//! is not so, and what was to be saved can be saved again.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use mapi::import::ForeignStore;
use mapix::prop::{PropBag, tags};
use mapix::store::{Faulty, MemoryStore, MessageStore};
use mapix::{
    AttachMethod, Contents, DeleteFolder, DeleteMessages, ErrorCode, Folder, Mapi, Message,
    OpenOptions, Result, Session, Store, StoreProvider,
};

/// Opens one store, which is there already.
struct Given(Arc<dyn MessageStore>);

impl StoreProvider for Given {
    fn name(&self) -> &'static str {
        "GIVEN"
    }

    fn scheme(&self) -> &'static str {
        "given"
    }

    fn description(&self) -> &'static str {
        "a store of this test"
    }

    fn recognizes(&self, _: &[u8]) -> bool {
        false
    }

    fn open(&self, _: &Path, _: &OpenOptions) -> Result<Arc<dyn MessageStore>> {
        Ok(Arc::clone(&self.0))
    }
}

fn open(store: Arc<dyn MessageStore>) -> (Arc<Session>, Store) {
    let session = Mapi::with_providers(vec![Arc::new(Given(store))]).session();
    let options = OpenOptions { write: true, ..OpenOptions::default() };
    let store = session.open_store("given:", &options).unwrap();
    (Arc::new(session), store)
}

/// A store that can fail, the provider in which it is, and a client of that.
struct World {
    faulty: Arc<Faulty<MemoryStore>>,
    /// As the provider has it.
    behind: Store,
    /// As the client has it.
    store: Store,
    _sessions: [Arc<Session>; 2],
}

impl World {
    fn new() -> Self {
        let faulty = Arc::new(Faulty::new(MemoryStore::new("mail")));
        let (own, behind) = open(faulty.clone());
        let root = behind.root().unwrap();
        let inbox = root.create_folder("Inbox", false).unwrap();
        write(&inbox, "old").save().unwrap();
        inbox.create_folder("Inside", false).unwrap();
        root.create_folder("Archive", false).unwrap();
        let (logon, store) = mapi::provider::over(&own, behind.clone(), true);
        let foreign = ForeignStore::over(logon, store, "FAULTY", true).unwrap();
        let (session, store) = open(Arc::new(foreign));
        Self { faulty, behind, store, _sessions: [own, session] }
    }

    fn folder(&self, name: &str) -> Result<Folder> {
        self.store.root()?.folder(name)
    }

    fn old(&self) -> Result<Message> {
        let inbox = self.folder("Inbox")?;
        let first = inbox.messages(Contents::Normal)?.next();
        first.unwrap_or_else(|| Err(mapix::Error::not_found("there is no message")))
    }
}

/// A message with a recipient and an attachment, not saved yet.
fn write(folder: &Folder, subject: &str) -> Message {
    let message = folder.create_message().unwrap();
    message.set(tags::SUBJECT, subject).unwrap();
    message.set(tags::BODY, "b".repeat(40_000)).unwrap();
    let mut bob = PropBag::new();
    bob.set(tags::DISPLAY_NAME, "Bob");
    bob.set(tags::RECIPIENT_TYPE, 1);
    message.set_recipients(vec![bob]).unwrap();
    let file = message.create_attachment(AttachMethod::ByValue).unwrap();
    file.set(tags::ATTACH_LONG_FILENAME, "data").unwrap();
    file.set(tags::ATTACH_DATA_BIN, vec![7_u8; 40_000]).unwrap();
    file.save().unwrap();
    message
}

/// Everything in a folder, a line for each object.
fn look(folder: &Folder, path: &str, all: &mut BTreeSet<String>) -> Result<()> {
    let path = format!("{path}/{}", folder.name()?);
    let mut seen = vec![path.clone()];
    for message in folder.messages(Contents::Normal)? {
        let message = message?;
        let text = |tag| Ok::<_, mapix::Error>(message.text(tag)?.unwrap_or_default());
        let mut line = format!("{path}: {}, {}", text(tags::SUBJECT)?, text(tags::BODY)?.len());
        for recipient in message.recipients()? {
            write!(line, ", to {}", recipient.name()).unwrap();
        }
        for file in message.attachments()? {
            let mut data = Vec::new();
            std::io::Read::read_to_end(&mut file.open_data()?, &mut data).unwrap();
            write!(line, ", {} bytes", data.len()).unwrap();
        }
        seen.push(line);
    }
    for line in seen {
        // What is there twice shall be seen twice.
        let mut line = line;
        while !all.insert(line.clone()) {
            line += " again";
        }
    }
    for inside in folder.folders()? {
        look(&inside, &path, all)?;
    }
    Ok(())
}

fn state(store: &Store) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    look(&store.root().unwrap(), "", &mut all).unwrap();
    all
}

/// What a client does; it can be done again if it has failed.
type Deed = Box<dyn FnMut(&World) -> Result<()>>;

/// Fails each call of the store that a deed makes, in a world of its own.
fn fail_each_call(what: &str, deed: impl Fn(&World) -> Deed) {
    let mut failed = 0;
    for number in 1.. {
        let world = World::new();
        let before = state(&world.behind);
        let mut act = deed(&world);
        let calls = world.faulty.calls();
        world.faulty.fail_nth(number, ErrorCode::DISK_ERROR);
        let result = act(&world);
        let done = world.faulty.calls() - calls < number;
        world.faulty.heal();
        let place = format!("{what}, call {number}, {result:?}");
        if let Err(error) = &result {
            failed += 1;
            assert_eq!(state(&world.behind), before, "{place}: done by halves");
            assert_eq!(error.code(), ErrorCode::DISK_ERROR, "{place}");
            act(&world).unwrap_or_else(|error| panic!("{place}: not done again: {error}"));
        }
        let after = state(&world.behind);
        assert_ne!(after, before, "{place}");
        let whole = World::new();
        deed(&whole)(&whole).unwrap();
        assert_eq!(after, state(&whole.behind), "{place}: it is as without a failure");
        assert_eq!(state(&world.store), after, "{place}: the client sees what is there");
        whole.faulty.heal();
        if done {
            break;
        }
    }
    assert!(failed > 3, "{what}: {failed} failures");
}

#[test]
fn a_new_message_is_saved_whole_or_not_at_all() {
    fail_each_call("save", |world| {
        let message = write(&world.folder("Archive").unwrap(), "new");
        Box::new(move |_| message.save())
    });
}

#[test]
fn a_change_of_a_message_is_saved_whole_or_not_at_all() {
    fail_each_call("change", |world| {
        let message = world.old().unwrap();
        message.set(tags::SUBJECT, "changed").unwrap();
        message.set(tags::BODY, "c".repeat(50_000)).unwrap();
        message.set_recipients(Vec::new()).unwrap();
        Box::new(move |_| message.save())
    });
}

#[test]
fn a_message_is_moved_or_not() {
    fail_each_call("move", |world| {
        let id = world.old().unwrap().id().unwrap();
        Box::new(move |world| {
            let (from, to) = (world.folder("Inbox")?, world.folder("Archive")?);
            from.move_messages(&[id], &to)?.complete().map(drop)
        })
    });
}

#[test]
fn a_message_is_copied_or_not() {
    fail_each_call("copy", |world| {
        let id = world.old().unwrap().id().unwrap();
        Box::new(move |world| {
            let (from, to) = (world.folder("Inbox")?, world.folder("Archive")?);
            from.copy_messages(&[id], &to)?.complete().map(drop)
        })
    });
}

#[test]
fn a_message_is_deleted_or_not() {
    fail_each_call("delete", |world| {
        let id = world.old().unwrap().id().unwrap();
        Box::new(move |world| {
            let how = DeleteMessages::default();
            world.folder("Inbox")?.delete_messages(&[id], how)?.complete().map(drop)
        })
    });
}

#[test]
fn a_folder_is_made_or_not() {
    fail_each_call("folder", |_| {
        Box::new(|world| world.store.root()?.create_folder("New", false).map(drop))
    });
}

#[test]
fn a_folder_is_moved_or_not() {
    fail_each_call("move of a folder", |_| {
        Box::new(|world| {
            let (inbox, archive) = (world.folder("Inbox")?, world.folder("Archive")?);
            world.store.root()?.move_folder(&inbox, &archive)?.complete().map(drop)
        })
    });
}

#[test]
fn a_folder_is_deleted_or_not() {
    fail_each_call("deletion of a folder", |_| {
        Box::new(|world| {
            let what = DeleteFolder { messages: true, folders: true };
            world.store.root()?.delete_folder(&world.folder("Inbox")?, what)
        })
    });
}

#[test]
fn a_folder_is_not_taken_for_empty_when_what_is_in_it_cannot_be_read() {
    for number in 1.. {
        let world = World::new();
        let root = world.behind.root().unwrap();
        root.folder("Archive").unwrap().create_folder("Kept", false).unwrap();
        let before = state(&world.behind);
        let (root, archive) = (world.store.root().unwrap(), world.folder("Archive").unwrap());
        let calls = world.faulty.calls();
        world.faulty.fail_nth(number, ErrorCode::DISK_ERROR);
        let error = root.delete_folder(&archive, DeleteFolder::default()).unwrap_err();
        let done = world.faulty.calls() - calls < number;
        world.faulty.heal();
        assert_eq!(state(&world.behind), before, "call {number}, {error}");
        if done {
            assert_eq!(error.code(), ErrorCode::HAS_FOLDERS);
            assert!(number > 3, "{number}");
            break;
        }
        assert_eq!(error.code(), ErrorCode::DISK_ERROR, "call {number}");
    }
}
