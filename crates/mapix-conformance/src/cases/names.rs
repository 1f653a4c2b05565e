use mapix_core::ErrorCode;
use mapix_core::prop::{Guid, PropName, guids};
use mapix_core::store::Capability;

use super::{assert_fails, cases};
use crate::{Need, Outcome, Subject};

cases! {
    "names";
    names_go_both_ways: Need::Nothing;
    names_are_created_once: Need::Able(Capability::CREATE_NAMES);
    names_are_compared_letter_by_letter: Need::Able(Capability::CREATE_NAMES);
    read_only_stores_create_no_names: Need::ReadOnly;
}

/// A name that no store has.
fn unknown() -> PropName {
    PropName::name(Guid([0xA5; 16]), "no such name")
}

fn names_go_both_ways(subject: &dyn Subject) -> Outcome {
    let store = subject.stocked()?;
    let all = store.all_names()?;
    assert!(all.is_sorted_by_key(|entry| entry.0), "the map is not in the order of the IDs");
    let ids: Vec<u16> = all.iter().map(|entry| entry.0).collect();
    assert!(ids.iter().all(|id| (0x8000..=0xFFFE).contains(id)), "{ids:04X?}");
    let names: Vec<PropName> = all.into_iter().map(|entry| entry.1).collect();
    let known: Vec<_> = names.iter().cloned().map(Some).collect();
    assert_eq!(store.names(&ids)?, known);
    // A damaged map may have a name twice: the first ID will do.
    let back = store.name_ids(&names, false)?.into_iter().collect::<Option<Vec<u16>>>();
    let back = back.ok_or("a name of the map has no ID")?;
    assert_eq!(store.names(&back)?, known);

    let free = (0x8000..=0xFFFE).rev().find(|id| !ids.contains(id));
    assert_eq!(store.names(&[free.ok_or("all IDs are taken")?])?, [None]);
    assert_eq!(store.name_ids(&[unknown()], false)?, [None]);
    assert!(store.names(&[])?.is_empty());
    assert!(store.name_ids(&[], false)?.is_empty());
    Ok(())
}

fn names_are_created_once(subject: &dyn Subject) -> Outcome {
    let store = subject.stocked()?;
    let names = [
        PropName::id(guids::PSETID_COMMON, 0x8503),
        unknown(),
        PropName::id(guids::PSETID_TASK, 0x8503),
        unknown(),
    ];
    let before = store.all_names()?.len();
    let ids = store.name_ids(&names, true)?;
    assert!(ids.iter().all(|id| id.is_some_and(|id| (0x8000..=0xFFFE).contains(&id))), "{ids:?}");
    assert_eq!(ids[1], ids[3]);
    assert_ne!(ids[0], ids[2], "the property set counts");
    assert_eq!(store.name_ids(&names, true)?, ids);
    let store = subject.reopen(store)?;
    assert_eq!(store.name_ids(&names, false)?, ids);
    assert_eq!(store.all_names()?.len(), before + 3);
    Ok(())
}

fn names_are_compared_letter_by_letter(subject: &dyn Subject) -> Outcome {
    let store = subject.stocked()?;
    let name = |text: &str| PropName::name(guids::PS_PUBLIC_STRINGS, text);
    let names = [name("Keywords"), name("keywords"), name("Keywords "), name("0x8503")];
    let mut ids = store.name_ids(&names, true)?;
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), names.len());
    Ok(())
}

fn read_only_stores_create_no_names(subject: &dyn Subject) -> Outcome {
    let store = subject.open()?;
    let before = store.all_names()?;
    assert_fails(store.name_ids(&[unknown()], true), ErrorCode::NO_ACCESS);
    assert_eq!(store.all_names()?, before);
    if let Some((id, name)) = before.into_iter().next() {
        let found = store.name_ids(std::slice::from_ref(&name), true)?;
        let first = found.first().copied().flatten();
        assert_eq!(store.names(&[first.unwrap_or(id)])?, [Some(name)], "a known name is found");
    }
    Ok(())
}
