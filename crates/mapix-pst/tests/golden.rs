//! The counts of real files, by two routes.

mod walk;

use std::collections::HashMap;
use std::ops::ControlFlow;

use mapix_conformance::corpus::{self, Counts as Counted};
use mapix_core::store::{ItemKind, MessageStore, Parts, Row, RowSource};
use mapix_pst::Pst;
use walk::Counts;

#[test]
fn everything_is_found_and_nothing_is_damaged() {
    for entry in corpus::mailboxes() {
        let pst = Pst::open(&entry.path).unwrap();
        let mut counts = Counts::new();
        walk::walk(&pst, &mut counts);
        assert_eq!(counts.errors, 0, "{}", entry.name);
        let found = [
            counts.folders,
            counts.search_folders,
            counts.messages,
            counts.associated,
            counts.attachments,
            counts.embedded,
        ];
        // The one file whose header is older than its pages has no counts.
        let expected = entry.counts.map_or([5, 1, 1, 0, 1, 0], Counted::to_array);
        assert_eq!(found, expected, "{}", entry.name);
        let warnings = pst.diagnostics();
        assert_eq!(warnings.is_empty(), entry.counts.is_some(), "{}: {warnings:?}", entry.name);
    }
}

#[test]
fn the_node_tree_counts_the_same_attachments() {
    for entry in corpus::mailboxes() {
        let Some(Counted { attachments, embedded, .. }) = entry.counts else { continue };
        let pst = Pst::open(&entry.path).unwrap();
        let mut total = Parts::default();
        for (id, kind) in inventory(&pst) {
            if matches!(kind, ItemKind::Message | ItemKind::Associated) {
                let parts = pst.parts(id).unwrap();
                total.attachments += parts.attachments;
                total.embedded += parts.embedded;
            }
        }
        assert_eq!(total, Parts { attachments, embedded }, "{}", entry.name);
    }
}

#[test]
fn tables_and_node_tree_agree() {
    for entry in corpus::mailboxes() {
        let pst = Pst::open(&entry.path).unwrap();
        let items: HashMap<u64, ItemKind> = inventory(&pst).into_iter().collect();
        let mut listed = 0;
        let mut deleted = 0;
        for (id, kind) in &items {
            if *kind != ItemKind::Folder {
                continue;
            }
            let folder = *id;
            for (source, wanted) in [
                (RowSource::Contents(folder), ItemKind::Message),
                (RowSource::Associated(folder), ItemKind::Associated),
            ] {
                for row in rows(&pst, &source) {
                    assert_eq!(items.get(&row.id), Some(&wanted), "{}", entry.name);
                    assert_eq!(pst.parent(row.id).unwrap(), Some(folder), "{}", entry.name);
                    listed += 1;
                }
            }
            deleted += rows(&pst, &RowSource::Deleted(folder)).len();
        }
        let messages = items
            .iter()
            .filter(|(_, kind)| matches!(kind, ItemKind::Message | ItemKind::Associated))
            .count();
        let orphans = items
            .iter()
            .filter(|(id, kind)| {
                matches!(kind, ItemKind::Message | ItemKind::Associated)
                    && pst.parent(**id).unwrap().is_none()
            })
            .count();
        assert_eq!(listed + deleted + orphans, messages, "{}", entry.name);
        if deleted + orphans > 0 {
            println!("{}: {deleted} not listed, {orphans} orphans", entry.name);
        }
    }
}

#[test]
fn formats_and_passwords_are_named() {
    for entry in corpus::mailboxes() {
        let pst = Pst::open(&entry.path).unwrap();
        let format = &pst.info().format;
        let expected = if entry.format.starts_with("ANSI") {
            "PST, ANSI"
        } else if entry.format.starts_with("4K") {
            "OST, Unicode, 4K pages"
        } else if entry.format.ends_with("SO") {
            "OST, Unicode"
        } else {
            "PST, Unicode"
        };
        assert_eq!(format, expected, "{}", entry.name);
        if entry.counts.is_some() {
            assert_eq!(pst.password_set(), entry.password, "{}", entry.name);
        }
    }
}

fn inventory(pst: &Pst) -> Vec<(u64, ItemKind)> {
    let mut items = Vec::new();
    pst.inventory(&mut |item| {
        items.push((item.id, item.kind));
        ControlFlow::Continue(())
    })
    .unwrap();
    items
}

fn rows(pst: &Pst, source: &RowSource) -> Vec<Row> {
    let mut rows = Vec::new();
    pst.rows(source, None, &mut |row| {
        rows.push(row.unwrap());
        ControlFlow::Continue(())
    })
    .unwrap();
    rows
}
