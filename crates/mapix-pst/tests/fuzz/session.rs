//! A whole session: what clients do, over a file that a fuzzer made.

use std::io::Read;
use std::ops::ControlFlow;
use std::sync::Arc;

use mapix_core::prop::{Prop, PropBag, PropTag, PropType, Value, tags};
use mapix_core::restriction::{FuzzyLevel, RelOp, Restriction};
use mapix_core::table::{Bookmark, Query, SortKey, SortOrder, SortOrderSet, Table, instance_tag};
use mapix_core::{Contents, Folder, Mapi, Message, Object, SpecialFolder, Store};
use mapix_pst::Pst;

use super::feed::Feed;
use super::mailbox::mailbox;
use super::seal::{expand, seal};
use super::values::TYPES;

/// Flags, then what the client does behind its length, then the mailbox: with flag 1 as a file
/// in compact form, without as what to build one of. With flag 2 the client asks for writing.
pub(super) fn session(data: &[u8]) {
    let mut feed = Feed::new(data);
    let flags = feed.u8();
    let acts = feed.part();
    let bytes = if flags & 1 == 0 {
        mailbox(&mut feed)
    } else {
        let mut bytes = expand(feed.rest());
        seal(&mut bytes);
        bytes
    };
    let Ok(pst) = Pst::from_bytes(bytes, "fuzz") else { return };
    let session = Mapi::with_providers(Vec::new()).session();
    let store = session.attach(Arc::new(pst), flags & 2 != 0).expect("an open session");
    let mut client = Client { feed: Feed::new(acts), left: 60 };
    client.store(&store);
    let held = store.root().and_then(|root| root.contents_table(Contents::Normal));
    let reports = session.logoff();
    assert_eq!(reports.len(), 1);
    assert!(store.props().is_err() && store.root().is_err(), "it is closed");
    assert!(held.is_err() || held.is_ok_and(|table| table.row_count().is_err()));
}

struct Client<'a> {
    feed: Feed<'a>,
    /// How many objects it still opens.
    left: usize,
}

/// What all objects with properties have.
macro_rules! look {
    ($client:expr, $object:expr) => {
        if let Ok(bag) = $object.props() {
            let tags: Vec<PropTag> = bag.iter().map(|prop| prop.tag).take(80).collect();
            if let Ok(props) = $object.get_props(&tags).or_else(|error| match tags.is_empty() {
                true => Ok(Vec::new()),
                false => Err(error),
            }) {
                assert_eq!(props.len(), tags.len());
            }
            for tag in &tags {
                let _ = $object.get(*tag);
                if let Ok(mut stream) = $object.open_property(*tag) {
                    let _ = stream.len();
                    let _ = Read::by_ref(&mut stream).take(1 << 20).read_to_end(&mut Vec::new());
                }
            }
            let _ = ($object.prop_list(), $object.text(tags::SUBJECT));
            let _ = $object.set(tags::COMMENT, "changed");
            let _ = $object.delete_props(&[tags::BODY]);
            values(&bag);
        }
    };
}

fn values(bag: &PropBag) {
    assert!(bag.iter().is_sorted_by(|a: &&Prop, b: &&Prop| a.tag.id() < b.tag.id()), "{bag:?}");
}

impl Client<'_> {
    fn store(&mut self, store: &Store) {
        look!(self, store);
        let _ = (store.info().details.len(), store.can_write());
        if let Ok(id) = store.entry_id() {
            assert!(matches!(store.open_entry(&id), Ok(Object::Store(_))));
        }
        for special in [
            SpecialFolder::Root,
            SpecialFolder::IpmSubtree,
            SpecialFolder::Inbox,
            SpecialFolder::DeletedItems,
            SpecialFolder::Calendar,
            SpecialFolder::Views,
        ] {
            let _ = store.special_folder(special);
        }
        for class in ["", "IPM.Note", "IPM.Note.Fuzz", "REPORT.IPM"] {
            let _ = store.receive_folder(class);
        }
        let _ = store.all_names();
        let _ = store.names_of(&[0, 0x8000, 0x8001, 0xFFFF]);
        let mut items = Vec::new();
        let _ = store.inventory(&mut |item| {
            items.push(item.id);
            if items.len() < 50 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        for id in items {
            let _ = store.parts(id);
            if let Ok(folder) = store.open_folder(id) {
                self.folder(store, &folder);
            } else if let Ok(message) = store.open_message(id) {
                self.message(&message, 0);
            }
        }
        if let Ok(root) = store.root() {
            let _ = root.hierarchy_table(true).map(|table| self.table(&table));
            let _ = root.folder("inbox");
        }
        let _ = store.diagnostics();
    }

    fn folder(&mut self, store: &Store, folder: &Folder) {
        if self.left == 0 {
            return;
        }
        self.left -= 1;
        look!(self, folder);
        let id = folder.entry_id().expect("an entry ID of a folder");
        match store.open_entry(&id) {
            Ok(Object::Folder(again)) => assert_eq!(again.id(), folder.id()),
            other => panic!("{other:?}"),
        }
        let _ = (folder.name(), folder.kind(), folder.parent(), folder.path());
        let _ = folder.folders().map(|folders| folders.errors().len());
        let _ = folder.hierarchy_table(false).map(|table| self.table(&table));
        for which in [Contents::Normal, Contents::Associated] {
            let _ = folder.contents_table(which).map(|table| self.table(&table));
            for message in folder.messages(which).into_iter().flatten().flatten().take(5) {
                self.message(&message, 0);
            }
        }
    }

    fn message(&mut self, message: &Message, depth: usize) {
        if self.left == 0 || depth > 70 {
            return;
        }
        self.left -= 1;
        look!(self, message);
        let _ = (message.id(), message.reference(), message.entry_id());
        for recipient in message.recipients().into_iter().flat_map(|list| list.into_parts().0) {
            let _ = (recipient.kind(), recipient.name(), recipient.address());
        }
        let _ = message.recipient_table().map(|table| self.table(&table));
        let _ = message.attachment_table().map(|table| self.table(&table));
        for attachment in message.attachments().into_iter().flat_map(|list| list.into_parts().0) {
            look!(self, attachment);
            let _ = (attachment.number(), attachment.method(), attachment.name());
            if let Ok(mut data) = attachment.open_data() {
                let _ = Read::by_ref(&mut data).take(1 << 20).read_to_end(&mut Vec::new());
            }
            if let Ok(inner) = attachment.embedded() {
                self.message(&inner, depth + 1);
            }
        }
        let _ = (message.set_read_flag(true), message.save());
    }

    /// Does with a table what the input says.
    fn table(&mut self, table: &Table) {
        let _ = table.query_all(Query::default());
        for _ in 0..self.feed.below(8) {
            match self.feed.below(12) {
                0 => {
                    let columns: Vec<PropTag> =
                        (0..self.feed.below(6)).map(|_| self.column(table)).collect();
                    let _ = table.set_columns(&columns);
                }
                1 => {
                    let restriction = self.restriction(table, 0);
                    let _ = table.restrict(Some(&restriction));
                }
                2 => {
                    let sort = self.sort(table);
                    let _ = table.sort(sort);
                }
                3 => {
                    let restriction = self.restriction(table, 0);
                    let _ = table.find(&restriction, Bookmark::BEGINNING, false);
                    let _ = table.find(&restriction, Bookmark::END, true);
                }
                4 => {
                    let origin = Bookmark(self.feed.u8().into());
                    let rows = self.feed.u64() as i64;
                    let _ = table.seek(origin, rows);
                }
                5 => {
                    let _ = table.seek_approximate(self.feed.u64(), self.feed.u64());
                }
                6 => {
                    let _ = table.create_bookmark();
                }
                7 => {
                    let _ = table.free_bookmark(Bookmark(self.feed.u8().into()));
                }
                8 => {
                    let _ = table.reload();
                }
                9 => {
                    let count = i64::from(self.feed.u8() as i8);
                    let _ = table.query_rows(count, self.feed.u8() & 1 == 0);
                }
                10 => {
                    let query = Query {
                        restriction: Some(self.restriction(table, 0)),
                        sort: Some(self.sort(table)),
                        ..Query::default()
                    };
                    let _ = table.query_all(query);
                }
                _ => {
                    let _ = table.restrict(None);
                }
            }
        }
        if let (Ok(count), Ok(position)) = (table.row_count(), table.position()) {
            assert!(position.row <= position.denominator);
            if count.warning.is_none() {
                assert_eq!(table.rows().flatten().take(2000).count() as u64, count.value.min(2000));
            }
        }
        let _ = (table.errors(), table.status(), table.sort_order());
    }

    /// One of the columns of a table, or another property.
    fn column(&mut self, table: &Table) -> PropTag {
        let columns = table.all_columns().unwrap_or_default();
        let tag = match self.feed.u8() {
            255 => PropTag(self.feed.u32()),
            number if columns.is_empty() => PropTag::new(number.into(), PropType::UNICODE),
            number => columns[usize::from(number) % columns.len()],
        };
        match self.feed.below(8) {
            0 => instance_tag(tag),
            1 => tag.with_type(PropType::UNSPECIFIED),
            2 => tag.with_type(PropType(self.feed.pick(&TYPES))),
            _ => tag,
        }
    }

    fn sort(&mut self, table: &Table) -> SortOrderSet {
        let key = |client: &mut Self| SortKey {
            tag: client.column(table),
            order: SortOrder::from_mapi(client.feed.below(3) as u32)
                .unwrap_or(SortOrder::Ascending),
        };
        SortOrderSet::new((0..self.feed.below(4)).map(|_| key(self)).collect::<Vec<_>>())
    }

    fn value(&mut self, tag: PropTag) -> Value {
        let length = self.feed.below(40);
        let code_page = mapix_core::prop::CodePage::WESTERN;
        mapix_pst::ltp::value::decode(tag.prop_type(), self.feed.take(length), code_page)
    }

    fn restriction(&mut self, table: &Table, depth: usize) -> Restriction {
        let op = RelOp::from_mapi(self.feed.below(7) as u32).unwrap_or(RelOp::Eq);
        let tag = self.column(table);
        match self.feed.below(if depth > 4 { 6 } else { 12 }) {
            0 => Restriction::Exist { tag },
            1 => Restriction::Property { op, tag, value: self.value(tag) },
            2 => {
                let ways = [0, 1, 2, 0x10, 0x20, 0x1_0001, 0x1_0002, 0x4_0010, 0x6_0001, 0x1_0020];
                let fuzzy = FuzzyLevel(self.feed.pick(&ways));
                Restriction::Content { tag, fuzzy, value: self.value(tag) }
            }
            3 => Restriction::CompareProps { op, left: tag, right: self.column(table) },
            4 => Restriction::BitMask { tag, mask: self.feed.u32(), non_zero: op == RelOp::Ne },
            5 => Restriction::Size { op, tag, size: self.feed.u32() },
            6 => Restriction::not(self.restriction(table, depth + 1)),
            7 => Restriction::or(self.both(table, depth)),
            8 => Restriction::Sub {
                subobject: if op == RelOp::Eq {
                    tags::MESSAGE_RECIPIENTS
                } else {
                    tags::MESSAGE_ATTACHMENTS
                },
                restriction: Box::new(self.restriction(table, depth + 1)),
            },
            9 => Restriction::Count {
                count: self.feed.u8().into(),
                restriction: Box::new(self.restriction(table, depth + 1)),
            },
            10 => Restriction::Comment { props: Vec::new(), restriction: None },
            _ => Restriction::and(self.both(table, depth)),
        }
    }

    fn both(&mut self, table: &Table, depth: usize) -> [Restriction; 2] {
        [self.restriction(table, depth + 1), self.restriction(table, depth + 1)]
    }
}
