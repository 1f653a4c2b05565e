//! A whole file: everything is read through the store contract.

use mapix_core::prop::PropName;
use mapix_core::store::{ItemKind, MessageRef, MessageStore, ObjectRef, RowSource};
use mapix_pst::Pst;

use super::feed::Feed;
use super::seal::{expand, seal};
use super::walk::{Counts, walk};

/// Flags, then a file in compact form. With flag 1 the checksums stay as they are.
pub(crate) fn pst_file(data: &[u8]) {
    let mut feed = Feed::new(data);
    let flags = feed.u8();
    let mut bytes = expand(feed.rest());
    if flags & 1 == 0 {
        seal(&mut bytes);
    }
    if let Ok(pst) = Pst::from_bytes(bytes, "fuzz") {
        read(&pst);
    }
}

/// Reads everything, and checks what must hold for any file.
pub(crate) fn read(pst: &Pst) {
    let mut counts = Counts { budget: 500, ..Counts::new() };
    walk(pst, &mut counts);
    names(pst);
    assert!(pst.properties(&ObjectRef::Message(deep()), 0).is_err());
    let mut items = Vec::new();
    let _ = pst.inventory(&mut |item| {
        items.push(item);
        if items.len() < 200 {
            std::ops::ControlFlow::Continue(())
        } else {
            std::ops::ControlFlow::Break(())
        }
    });
    for item in items {
        // With damaged keys a walk may come upon what a lookup does not find.
        let Ok(kind) = pst.kind(item.id) else { continue };
        assert_eq!(kind, item.kind, "{item:?}");
        let object = match item.kind {
            ItemKind::Folder | ItemKind::SearchFolder => ObjectRef::Folder(item.id),
            ItemKind::Message | ItemKind::Associated => ObjectRef::message(item.id),
        };
        let id = pst.entry_id(&object).expect("an entry ID of what is there");
        assert_eq!(pst.resolve(&id).ok(), Some(object), "{item:?}");
        let _ = (pst.stamp(item.id), pst.table_columns(&RowSource::Contents(item.id)));
    }
    let _ = (pst.verify_password("secret"), pst.diagnostics(), pst.logoff());
}

/// Named properties go both ways.
pub(crate) fn names(pst: &Pst) {
    let all = pst.all_names().expect("a map of names");
    let ids: Vec<u16> = all.iter().map(|(id, _)| *id).collect();
    let found = pst.names(&ids).expect("names");
    assert!(found.iter().zip(&all).all(|(found, (_, name))| found.as_ref() == Some(name)));
    let names: Vec<PropName> = all.into_iter().map(|(_, name)| name).collect();
    let ids: Option<Vec<u16>> = pst.name_ids(&names, false).expect("IDs").into_iter().collect();
    let again = pst.names(&ids.expect("an ID of every name")).expect("names");
    assert!(again.into_iter().eq(names.into_iter().map(Some)));
}

fn deep() -> MessageRef {
    MessageRef { id: 0x20_0024, embedded: vec![0; MessageRef::MAX_DEPTH + 1] }
}
