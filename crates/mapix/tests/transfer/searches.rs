//! Search folders find in the target what they found in the source.

use mapix::ledger::{Kind, Ledger};
use mapix::prop::{PropName, PropType, guids, tags};
use mapix::restriction::{RelOp, Restriction};
use mapix::transfer::{StoreFeed, Transfer};
use mapix::{Contents, Folder, SearchRun, SearchSettings, Store};
use mapix_conformance::sample;

use super::{empty, run};

fn set(
    folder: &Folder,
    restriction: Restriction,
    folders: Vec<Folder>,
    deep: bool,
    run: SearchRun,
) {
    let (restriction, folders) = (Some(restriction), Some(folders));
    folder.set_search_criteria(SearchSettings { restriction, folders, deep, run }).unwrap();
}

fn subjects(folder: &Folder) -> Vec<String> {
    let rows = folder.message_rows(Contents::Normal, &[tags::SUBJECT]).unwrap();
    let mut subjects: Vec<String> =
        rows.into_iter().map(|row| row.unwrap().props.text(tags::SUBJECT).unwrap()).collect();
    subjects.sort();
    subjects
}

fn note(folder: &Folder, subject: &str) -> mapix::Message {
    let note = folder.create_message().unwrap();
    note.set(tags::SUBJECT, subject).unwrap();
    note
}

/// What could not be imported of search folders, and why.
fn skipped(ledger: &Ledger) -> Vec<(String, String)> {
    let skipped = ledger.entries().into_iter().filter(|entry| entry.kind == Kind::SearchFolder);
    skipped.map(|entry| (entry.path.to_string(), entry.reason.clone())).collect()
}

#[test]
fn search_folders_find_the_same() {
    let (_a, _, source) = empty();
    let root = source.root().unwrap();
    // So that the numbers of folders and names are others in the target.
    root.create_folder("Inbox", false).unwrap();
    let colour = PropName::name(guids::PS_PUBLIC_STRINGS, "Colour");
    let other = PropName::name(guids::PS_PUBLIC_STRINGS, "Other");
    let tag = |store: &Store, name: &PropName| {
        let tags = store.ids_of(std::slice::from_ref(name), true).unwrap();
        tags[0].unwrap().with_type(PropType::UNICODE)
    };
    tag(&source, &other);
    let projects = root.create_folder("Projects", false).unwrap();
    let inner = projects.create_folder("Inner", false).unwrap();
    let is_red = |store: &Store| Restriction::equals(tag(store, &colour), "red");
    for (folder, subject, value) in
        [(&projects, "one", "red"), (&inner, "two", "red"), (&inner, "three", "blue")]
    {
        let note = note(folder, subject);
        note.set(tag(&source, &colour), value).unwrap();
        note.save().unwrap();
    }
    let finder = root.create_folder("Finder", false).unwrap();
    let search = |name: &str| finder.create_search_folder(name, false).unwrap();
    let one = || vec![projects.clone()];
    set(&search("Red"), is_red(&source), one(), true, SearchRun::Live);
    set(&search("Red here"), is_red(&source), one(), false, SearchRun::Live);
    set(&search("Red then"), is_red(&source), one(), true, SearchRun::Once);
    search("Never told");
    let entry_id = projects.entry_id().unwrap();
    let within = Restriction::property(tags::PARENT_ENTRYID, RelOp::Eq, entry_id.as_bytes());
    set(&search("By entry ID"), within, one(), false, SearchRun::Live);

    let (_b, _, target) = empty();
    tag(&target, &colour);
    // A folder of that name that is none.
    let there = target.root().unwrap().create_folder("Finder", false).unwrap();
    there.create_folder("Red", false).unwrap();
    let (summary, ledger) = run(&Transfer::into(&target), &StoreFeed::new(&source));
    assert!(ledger.is_clean(), "{ledger}");
    assert_eq!((summary.messages, summary.folders), (3, 6), "with three search folders");
    assert_eq!(ledger.count(Kind::SearchFolder).done, 3);
    let left_out = [
        (
            "@root/Finder/By entry ID",
            "it finds objects by entry IDs or keys, which are others here",
        ),
        ("@root/Finder/Never told", "the source does not tell what it finds"),
    ];
    assert_eq!(skipped(&ledger), left_out.map(|(path, why)| (path.to_owned(), why.to_owned())));

    let found = |name: &str| {
        let folders = there.folders().unwrap();
        let is_search =
            |folder: &&Folder| folder.name().unwrap() == name && folder.search_criteria().is_ok();
        folders.iter().find(is_search).unwrap().clone()
    };
    assert_eq!(subjects(&found("Red")), ["one", "two"]);
    assert_eq!(subjects(&found("Red here")), ["one"]);
    assert_eq!(subjects(&found("Red then")), ["one", "two"]);
    let projects = target.root().unwrap().folder("Projects").unwrap();
    for (name, deep, running) in
        [("Red", true, true), ("Red here", false, true), ("Red then", true, false)]
    {
        let state = found(name).search_criteria().unwrap();
        assert_eq!((state.deep, state.running), (deep, running), "{name}");
        assert_eq!(state.restriction, is_red(&target), "{name}");
        assert!(matches!(&*state.folders, [folder] if folder.id() == projects.id()), "{name}");
    }
    // They are alive.
    let new = note(&projects, "new");
    new.set(tag(&target, &colour), "red").unwrap();
    new.save().unwrap();
    assert_eq!(subjects(&found("Red")), ["new", "one", "two"]);
    assert_eq!(subjects(&found("Red then")), ["one", "two"]);

    // Again: nothing more. What somebody told one of them stays.
    let size = Restriction::property(tags::MESSAGE_SIZE, RelOp::Gt, 1);
    set(&found("Red here"), size, vec![projects], false, SearchRun::Live);
    let (summary, ledger) = run(&Transfer::into(&target), &StoreFeed::new(&source));
    assert_eq!((summary.messages, summary.folders), (0, 0));
    assert_eq!(ledger.count(Kind::SearchFolder).done, 2);
    let reason = "the store has a search folder of that name, which finds other things";
    assert!(skipped(&ledger).contains(&("@root/Finder/Red here".to_owned(), reason.to_owned())));
    assert_eq!(subjects(&found("Red then")), ["one", "two"], "it was not searched again");
}

#[test]
fn search_folders_that_look_elsewhere_say_so() {
    let (_a, memory, source) = empty();
    let root = source.root().unwrap();
    let top = root.create_folder("Top", false).unwrap();
    let elsewhere = root.create_folder("Elsewhere", false).unwrap();
    for folder in [&top, &elsewhere] {
        sample::message(memory.as_ref(), folder.id(), sample::note("a")).unwrap();
    }
    let all = Restriction::exists(tags::SUBJECT);
    let search = top.create_search_folder("Both", false).unwrap();
    set(&search, all, vec![top.clone(), elsewhere], false, SearchRun::Live);
    let (_b, _, target) = empty();
    let (_, ledger) = run(&Transfer::into(&target), &StoreFeed::new(&source).below(&top));
    assert!(ledger.is_clean(), "{ledger}");
    let found = target.root().unwrap().folder("Top").unwrap().folder("Both").unwrap();
    assert_eq!(subjects(&found), ["a"]);
    let told = ledger.entries().into_iter().map(|entry| &*entry.reason);
    assert_eq!(told.collect::<Vec<_>>(), ["1 of the folders in which it searches are not there"]);
}
