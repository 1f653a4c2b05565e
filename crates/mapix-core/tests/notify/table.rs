//! Table notifications: applying them to a copy of the rows gives the rows.

use std::sync::{Arc, Mutex};

use mapix_core::notify::{Connection, EventMask};
use mapix_core::prop::{PropTag, tags};
use mapix_core::restriction::Restriction;
use mapix_core::store::{Capability, MemoryStore, MessageStore};
use mapix_core::table::{
    InstanceKey, SortKey, SortOrderSet, Table, TableNotice, TableRow, TableType,
};
use mapix_core::{Contents, DeleteFolder, DeleteMessages, ErrorCode, Folder, Store};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::{folder, listen, message, open, until_marker};

/// A copy of the rows that follows what is told.
#[derive(Default)]
struct Copy {
    rows: Vec<(InstanceKey, TableRow)>,
    /// Whether it has to be read anew.
    lost: bool,
    told: Vec<TableNotice>,
}

impl Copy {
    fn apply(&mut self, notice: &TableNotice) {
        self.told.push(notice.clone());
        match notice {
            TableNotice::Deleted { key } => self.remove(key).expect("it was there"),
            TableNotice::Added { key, prior, row } => {
                assert!(self.rows.iter().all(|(other, _)| other != key), "it is there already");
                self.insert(key, prior.as_ref(), row);
            }
            TableNotice::Modified { key, prior, row } => {
                self.remove(key).expect("it was there");
                self.insert(key, prior.as_ref(), row);
            }
            _ => self.lost = true,
        }
    }

    fn remove(&mut self, key: &InstanceKey) -> Option<()> {
        let at = self.rows.iter().position(|(other, _)| other == key)?;
        self.rows.remove(at);
        Some(())
    }

    fn insert(&mut self, key: &InstanceKey, prior: Option<&InstanceKey>, row: &TableRow) {
        let at = prior.map_or(0, |prior| {
            1 + self.rows.iter().position(|(other, _)| other == prior).expect("the row before")
        });
        self.rows.insert(at, (Arc::clone(key), row.clone()));
    }
}

const COLUMNS: [PropTag; 2] = [tags::SUBJECT, tags::IMPORTANCE];

/// A table as the test reads it for itself.
fn table(folder: &Folder) -> Table {
    let table = folder.contents_table(Contents::Normal).unwrap();
    table.set_columns(&COLUMNS).unwrap();
    table.restrict(Some(&Restriction::not(Restriction::contains(tags::SUBJECT, "x")))).unwrap();
    table
        .sort(SortOrderSet::new([
            SortKey::ascending(tags::IMPORTANCE),
            SortKey::descending(tags::SUBJECT),
        ]))
        .unwrap();
    table
}

fn rows(table: &Table) -> Vec<TableRow> {
    table.seek(mapix_core::table::Bookmark::BEGINNING, 0).unwrap();
    table.query_rows(1_000_000, true).unwrap()
}

fn follow(table: &Table, folder: &Folder) -> (Connection, Arc<Mutex<Copy>>) {
    let copy: Arc<Mutex<Copy>> = Arc::default();
    let keyed = self::table(folder);
    keyed.set_columns(&[&COLUMNS[..], &[tags::INSTANCE_KEY]].concat()).unwrap();
    copy.lock().unwrap().rows = rows(&keyed)
        .into_iter()
        .map(|mut row| {
            let key = row.values.pop().unwrap().value.as_bytes().unwrap().into();
            (key, row)
        })
        .collect();
    let own = Arc::clone(&copy);
    let connection = table
        .advise(move |notices| {
            let mut copy = own.lock().unwrap();
            notices.iter().for_each(|notice| copy.apply(notice));
        })
        .unwrap();
    (connection, copy)
}

/// Waits until all that was done has been told.
fn settle(store: &Store, name: &str) {
    let (_connection, told) = listen(store, EventMask::CREATED);
    until_marker(store, &told, name).unwrap();
}

#[derive(Clone, Debug)]
enum Op {
    Make(String, i32),
    Change(usize, String, i32),
    Delete(usize),
    Away(usize),
    Back(usize),
}

fn op() -> impl Strategy<Value = Op> {
    let subject = || "[abcx]{1,2}";
    prop_oneof![
        3 => (subject(), 0..3).prop_map(|(subject, importance)| Op::Make(subject, importance)),
        4 => (0..20_usize, subject(), 0..3).prop_map(|(n, s, i)| Op::Change(n, s, i)),
        1 => (0..20_usize).prop_map(Op::Delete),
        1 => (0..20_usize).prop_map(Op::Away),
        1 => (0..20_usize).prop_map(Op::Back),
    ]
}

fn set(store: &Store, folder: &Folder, id: Option<u64>, subject: &str, importance: i32) {
    let message = match id {
        Some(id) => store.open_message(id).unwrap(),
        None => folder.create_message().unwrap(),
    };
    message.set(tags::SUBJECT, subject).unwrap();
    message.set(tags::IMPORTANCE, importance).unwrap();
    message.save().unwrap();
}

fn make(store: &Store, here: &Folder, there: &Folder, op: &Op) {
    let nth = |folder: &Folder, n: usize| {
        let rows = folder.message_rows(Contents::Normal, &[]).unwrap();
        rows.get(n % rows.len().max(1)).map(|row| row.as_ref().unwrap().id)
    };
    match op {
        Op::Make(subject, importance) => set(store, here, None, subject, *importance),
        Op::Change(n, subject, importance) => {
            if let Some(id) = nth(here, *n) {
                set(store, here, Some(id), subject, *importance);
            }
        }
        Op::Delete(n) => {
            let ids: Vec<u64> = nth(here, *n).into_iter().collect();
            here.delete_messages(&ids, DeleteMessages::default()).unwrap().complete().unwrap();
        }
        Op::Away(n) => {
            let ids: Vec<u64> = nth(here, *n).into_iter().collect();
            here.move_messages(&ids, there).unwrap().complete().unwrap();
        }
        Op::Back(n) => {
            let ids: Vec<u64> = nth(there, *n).into_iter().collect();
            there.move_messages(&ids, here).unwrap().complete().unwrap();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn what_is_told_makes_the_table(steps in vec(vec(op(), 1..6), 1..6)) {
        let (_session, store, _) = open();
        let (here, there) = (folder(&store, "Here"), folder(&store, "There"));
        for n in 0..5 {
            set(&store, &here, None, &n.to_string(), n % 3);
        }
        let followed = table(&here);
        let (_connection, copy) = follow(&followed, &here);
        for (n, ops) in steps.iter().enumerate() {
            ops.iter().for_each(|op| make(&store, &here, &there, op));
            settle(&store, &format!("marker {n}"));
            let copy = copy.lock().unwrap();
            let shown: Vec<TableRow> = copy.rows.iter().map(|(_, row)| row.clone()).collect();
            prop_assert!(!copy.lost, "{:?}", copy.told);
            prop_assert_eq!(&shown, &rows(&table(&here)), "{:?}", copy.told);
            // The table itself is up to date as well.
            prop_assert_eq!(&shown, &rows(&followed));
        }
    }
}

#[test]
fn rows_are_told_one_by_one() {
    let (_session, store, _) = open();
    let inbox = folder(&store, "Inbox");
    let first = message(&inbox, "b");
    let plain = inbox.contents_table(Contents::Normal).unwrap();
    plain.set_columns(&[tags::SUBJECT]).unwrap();
    plain.sort(SortOrderSet::new([SortKey::ascending(tags::SUBJECT)])).unwrap();
    assert_ne!(plain.status().unwrap().kind, TableType::Dynamic);
    let told: Arc<Mutex<Vec<TableNotice>>> = Arc::default();
    let own = Arc::clone(&told);
    let connection =
        plain.advise(move |notices| own.lock().unwrap().extend_from_slice(notices)).unwrap();
    assert_eq!(plain.status().unwrap().kind, TableType::Dynamic);
    let take = || std::mem::take(&mut *told.lock().unwrap());
    let name = |row: &TableRow| row.values[0].value.as_text().unwrap().into_owned();

    let second = message(&inbox, "a");
    settle(&store, "1");
    let added = take();
    let [TableNotice::Added { key, prior: None, row }] = &added[..] else { panic!("{added:?}") };
    assert_eq!((row.id, name(row)), (second.id().unwrap(), "a".to_owned()));
    let second_key = Arc::clone(key);

    first.set(tags::SUBJECT, "c").unwrap();
    first.save().unwrap();
    settle(&store, "2");
    let modified = take();
    let [TableNotice::Modified { prior: Some(prior), row, .. }] = &modified[..] else {
        panic!("{modified:?}")
    };
    assert_eq!((prior, name(row)), (&second_key, "c".to_owned()));

    // What happens elsewhere, and in what is not shown, is not told.
    message(&folder(&store, "Other"), "elsewhere");
    first.set(tags::COMMENT, "no column").unwrap();
    first.save().unwrap();
    settle(&store, "3");
    assert_eq!(take(), []);

    // Another order: from then on in the new way.
    plain.sort(SortOrderSet::new([SortKey::descending(tags::SUBJECT)])).unwrap();
    message(&inbox, "d");
    settle(&store, "4");
    assert_eq!(take(), [TableNotice::Changed]);
    inbox
        .delete_messages(&[second.id().unwrap()], DeleteMessages { hard: true })
        .unwrap()
        .complete()
        .unwrap();
    settle(&store, "5");
    assert_eq!(take(), [TableNotice::Deleted { key: second_key }]);

    store
        .root()
        .unwrap()
        .delete_folder(&inbox, DeleteFolder { messages: true, folders: true })
        .unwrap();
    settle(&store, "6");
    let gone = take();
    assert!(matches!(&gone[..], [TableNotice::Error { .. }]), "{gone:?}");
    connection.unadvise();
}

#[test]
fn folders_and_searches_are_followed_too() {
    let (_session, store, _) = open();
    let root = store.root().unwrap();
    let inbox = folder(&store, "Inbox");
    let hierarchy = root.hierarchy_table(false).unwrap();
    hierarchy.set_columns(&[tags::DISPLAY_NAME, tags::CONTENT_COUNT]).unwrap();
    let found = root.create_search_folder("Reports", false).unwrap();
    found
        .set_search_criteria(mapix_core::SearchSettings {
            restriction: Some(Restriction::contains(tags::SUBJECT, "report")),
            folders: Some(vec![inbox.clone()]),
            ..Default::default()
        })
        .unwrap();
    let shown = found.contents_table(Contents::Normal).unwrap();
    let told: Arc<Mutex<Vec<(u8, TableNotice)>>> = Arc::default();
    let sink = |which: u8| {
        let own = Arc::clone(&told);
        move |notices: &[TableNotice]| {
            own.lock().unwrap().extend(notices.iter().map(|notice| (which, notice.clone())));
        }
    };
    let _one = hierarchy.advise(sink(1)).unwrap();
    let _two = shown.advise(sink(2)).unwrap();
    message(&inbox, "a report");
    // The mark is a row of the table as well: it is told after the others.
    settle(&store, "mark");
    let told = told.lock().unwrap();
    let modified = told
        .iter()
        .filter(|(which, notice)| *which == 1 && matches!(notice, TableNotice::Modified { .. }));
    assert_eq!(modified.count(), 2, "the counts of both folders: {told:?}");
    let added = told
        .iter()
        .filter(|(which, notice)| *which == 2 && matches!(notice, TableNotice::Added { .. }));
    assert_eq!(added.count(), 1, "{told:?}");
}

#[test]
fn tables_that_do_not_change_say_so() {
    let (_session, store, _) = open();
    let mail = message(&folder(&store, "Inbox"), "mail");
    let code = mail.recipient_table().unwrap().advise(|_| {}).unwrap_err().code();
    assert_eq!(code, ErrorCode::NO_SUPPORT);
    let session = crate::session();
    let memory = MemoryStore::new("mail").into_read_only();
    assert!(!memory.info().capability.has(Capability::NOTIFY));
    let store = session.attach(Arc::new(memory), false).unwrap();
    let table = store.root().unwrap().contents_table(Contents::Normal).unwrap();
    assert_eq!(table.advise(|_| {}).unwrap_err().code(), ErrorCode::NO_SUPPORT);
}

#[test]
fn sorting_tells_nothing() {
    let (_session, store, _) = open();
    let here = folder(&store, "Here");
    for n in 0..3 {
        set(&store, &here, None, &n.to_string(), n % 3);
    }
    let followed = table(&here);
    let (_connection, copy) = follow(&followed, &here);
    followed.sort(SortOrderSet::new([SortKey::descending(tags::IMPORTANCE)])).unwrap();
    // The call returns when it is sorted: there is nothing to be told of before something happens.
    settle(&store, "first");
    assert_eq!(copy.lock().unwrap().told.len(), 0);
    message(&here, "9");
    settle(&store, "second");
    let told = copy.lock().unwrap().told.clone();
    assert!(matches!(told[..], [TableNotice::Changed]), "{told:?}");
}
