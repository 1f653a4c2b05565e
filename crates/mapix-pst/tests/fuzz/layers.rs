//! The layers of a file one by one. Around the bytes of the fuzzer a small file is built.

use std::io::{Read, Seek, SeekFrom};
use std::sync::Arc;

use mapix_core::prop::CodePage;
use mapix_core::store::{MessageStore, ObjectRef};
use mapix_pst::Pst;
use mapix_pst::ltp::bth::Bth;
use mapix_pst::ltp::{Heap, HeapId, PropContext, Table};
use mapix_pst::ndb::{Bid, Crypt, DataStream, DataTree, FormatKind, Ndb, Nid, subnode};

use super::feed::Feed;
use super::file;
use super::seal::{put, seal_header, seal_page};
use super::synthetic::{Builder, Stored, properties, text};
use super::walk::{Counts, walk};

pub(super) const VERSIONS: [u16; 4] = [23, 14, 36, 21];
pub(super) const CRYPTS: [Crypt; 3] = [Crypt::None, Crypt::Permute, Crypt::Cyclic];
pub(super) const FOLDER: u64 = 0x8022;
pub(super) const MESSAGE: u64 = 0x20_0024;
/// Large enough for what is interesting.
const MOST: usize = 64;

/// A file with a store and a root folder. The first byte of an input is the format in its two
/// lowest bits, then the encoding in two bits; the rest of it belongs to the target.
pub(super) fn start(feed: &mut Feed<'_>) -> (Builder, u8) {
    let head = feed.u8();
    let crypt = CRYPTS[usize::from(head >> 2 & 3) % CRYPTS.len()];
    let mut file = Builder::new(VERSIONS[usize::from(head & 3)], crypt);
    let store = [(0x0FF9_0102, Stored::Heap(vec![7; 16])), (0x3001_001F, text("fuzz"))];
    let store = file.block(properties(file.format, &store));
    file.node(0x21, store, 0, 0);
    let root = file.block(properties(file.format, &[(0x3001_001F, text("root"))]));
    file.node(0x122, root, 0, 0x122);
    (file, head >> 4)
}

fn open(bytes: Vec<u8>) -> Option<Pst> {
    Pst::from_bytes(bytes, "fuzz").ok()
}

/// Pages of the B-trees. After the first byte come pages: a byte that says how each is damaged
/// (1 the other tree, 2 no seal, 4 a wrong identifier), the number of its entries in 16 bits,
/// the size of an entry, its level, and the entries behind their length. In upper pages an
/// offset that is small is the number of a page.
pub(super) fn pst_page(data: &[u8]) {
    let mut feed = Feed::new(data);
    let (file, flags) = start(&mut feed);
    let format = file.format;
    let mut bytes = file.build();
    bytes.resize(bytes.len().next_multiple_of(format.page_size), 0);
    let first = bytes.len();
    let offset = |number: usize| (first + number * format.page_size) as u64;
    let bid = |number: usize| 0x8000 + 4 * number as u64;
    let tree = if flags & 1 == 0 { 0x81 } else { 0x80 };
    for number in 0..MOST {
        if feed.is_empty() {
            break;
        }
        let (damage, count, stride, level) = (feed.u8(), feed.u16(), feed.u8(), feed.u8());
        let entries = feed.part();
        let page = bytes.len();
        bytes.resize(page + format.page_size, 0);
        let room = entries.len().min(format.btree_meta);
        put(&mut bytes, page, &entries[..room]);
        let (width, size) = (format.btree_count_size, format.id_size);
        let meta = page + format.btree_meta;
        put(&mut bytes, meta, &count.to_le_bytes()[..width]);
        put(&mut bytes, meta + 2 * width, &[stride, level]);
        if level > 0 {
            for at in (0..room).step_by(stride.max(1).into()).take(count.into()) {
                let Some(entry) = bytes.get_mut(page + at..page + room) else { break };
                let Some(place) = entry.get_mut(2 * size..3 * size) else { break };
                if place[1..].iter().all(|byte| *byte == 0) {
                    let child = usize::from(place[0]);
                    place.copy_from_slice(&offset(child).to_le_bytes()[..size]);
                    put(entry, size, &bid(child).to_le_bytes()[..size]);
                }
            }
        }
        if damage & 2 == 0 {
            let kind = if damage & 1 == 0 { tree } else { tree ^ 1 };
            let own = if damage & 4 == 0 { bid(number) } else { bid(number + 1) };
            seal_page(&mut bytes, format, kind, own, offset(number));
        }
    }
    let root = format.header_root + if tree == 0x81 { 4 } else { 6 } * format.id_size;
    put(&mut bytes, root, &bid(0).to_le_bytes()[..format.id_size]);
    put(&mut bytes, root + format.id_size, &offset(0).to_le_bytes()[..format.id_size]);
    seal_header(&mut bytes, format);
    let Some(pst) = open(bytes) else { return };
    let ndb = pst.ndb();
    let mut last = None;
    for node in ndb.nodes().flatten() {
        assert!(last < Some(node.nid), "nodes come in order");
        last = Some(node.nid);
        if let Ok(found) = ndb.node(node.nid) {
            assert_eq!(found.nid, node.nid);
        }
    }
    let mut last = None;
    for entry in ndb.block_entries().flatten() {
        assert!(last < Some(entry.bid.0), "blocks come in order");
        last = Some(entry.bid.0);
        let _ = ndb.block(entry.bid);
    }
    for number in [0, 1, 0x21, 0x61, 0x122, FOLDER as u32, u32::MAX] {
        let _ = ndb.node(Nid(number));
        let _ = ndb.block_entry(Bid(number.into()));
    }
    file::read(&pst);
}

/// Blocks, and what is made of blocks: data trees, streams, subnodes. After the first byte come
/// blocks: flags (1 a list of blocks, 2 stored as it is, with a size of inflated data), the
/// size, and the bytes behind their length. Identifiers go up in steps of 4.
pub(super) fn pst_block(data: &[u8]) {
    let mut feed = Feed::new(data);
    let (mut file, _) = start(&mut feed);
    let payload = file.format.block_payload();
    let mut bids = Vec::new();
    while !feed.is_empty() && bids.len() < MOST {
        let (flags, size) = (feed.u8(), feed.u16());
        let bytes = feed.part();
        let bytes = &bytes[..bytes.len().min(payload)];
        bids.push(match flags & 3 {
            1 | 3 => file.internal(bytes),
            2 if file.format.kind == FormatKind::Unicode4k => file.stored(bytes, size),
            _ => file.block(bytes),
        });
    }
    let Some(pst) = open(file.build()) else { return };
    let ndb = pst.ndb();
    for bid in bids.into_iter().map(Bid) {
        if let Ok(block) = ndb.block(bid) {
            let entry = ndb.block_entry(bid).expect("the entry of a block");
            assert_eq!(block.len(), usize::from(entry.size));
        }
        data_tree(ndb, bid);
        for node in subnode::all(ndb, bid).into_iter().flatten().take(MOST) {
            let _ = subnode::find(ndb, bid, node.nid);
            let _ = DataTree::open(ndb, node.data);
        }
        let _ = subnode::find(ndb, bid, Nid(0x671));
        let _ = Heap::open(ndb, bid);
    }
}

/// A data tree gives the same bytes however it is read.
fn data_tree(ndb: &Arc<Ndb>, bid: Bid) {
    let Ok(tree) = DataTree::open(ndb, bid) else { return };
    let size = tree.size();
    let whole = tree.read(ndb, 1 << 22);
    let mut stream = DataStream::new(ndb.clone(), tree.clone());
    let mut streamed = Vec::new();
    let read = Read::by_ref(&mut stream).take(1 << 22).read_to_end(&mut streamed);
    if let Ok(whole) = whole {
        assert_eq!(whole.len() as u64, size);
        assert!(read.is_ok() && whole == streamed, "the stream differs");
        for part in [0, 1, 2, 3] {
            let at = size * part / 3;
            let found = tree.locate(ndb, at).expect("a place");
            assert_eq!(found.is_some(), at < size);
            let mut rest = Vec::new();
            stream.seek(SeekFrom::Start(at)).expect("a seek");
            Read::by_ref(&mut stream).take(100).read_to_end(&mut rest).expect("the rest");
            let end = whole.len().min(at as usize + 100);
            assert!(rest == whole[at as usize..end], "the stream differs at {at}");
        }
        assert!(stream.seek(SeekFrom::End(i64::MIN)).is_err());
        stream.seek(SeekFrom::Start(u64::MAX)).expect("a seek");
        assert_eq!(stream.read(&mut [0; 9]).ok(), Some(0));
    }
    for index in 0..tree.block_count().min(MOST) {
        let _ = tree.block(ndb, index);
    }
    assert!(tree.block(ndb, tree.block_count()).is_err());
}

/// The data of a node and its subnodes. Parts follow each other: a number and bytes behind their
/// length. Those with the number 0 are the blocks of the node's data, all others the blocks of
/// the subnode of that number; with the highest bit set it stands below the subnode before. With
/// `leaves`, each subnode stands in a block of its own, below a list.
pub(super) fn node(feed: &mut Feed<'_>, file: &mut Builder, leaves: bool) -> (u64, u64) {
    const BELOW: u32 = 1 << 31;
    let payload = file.format.block_payload();
    let mut own = Vec::new();
    let mut subnodes: Vec<(u32, Vec<u64>)> = Vec::new();
    for _ in 0..MOST {
        if feed.is_empty() {
            break;
        }
        let (number, bytes) = (feed.u32(), feed.part());
        let block = file.block(&bytes[..bytes.len().min(payload)]);
        match subnodes.iter_mut().find(|(known, _)| *known == number) {
            _ if number == 0 => own.push(block),
            Some((_, blocks)) => blocks.push(block),
            None => subnodes.push((number, vec![block])),
        }
    }
    let mut nodes: Vec<[u64; 3]> = Vec::new();
    let mut below: Vec<[u64; 3]> = Vec::new();
    // From the last to the first: what stands below comes after its node.
    for (number, blocks) in subnodes.iter().rev() {
        let data = tree(file, blocks);
        if number & BELOW != 0 {
            below.push([u64::from(number & !BELOW), data, 0]);
            continue;
        }
        let sub = if below.is_empty() { 0 } else { file.subnodes(&std::mem::take(&mut below)) };
        nodes.push([u64::from(*number), data, sub]);
    }
    let sub = match nodes.as_slice() {
        [] => 0,
        _ if leaves => {
            nodes.sort_unstable();
            let lists: Vec<[u64; 2]> =
                nodes.iter().map(|node| [node[0], file.subnodes(&[*node])]).collect();
            file.subnode_block(1, &lists.iter().map(<[u64; 2]>::as_slice).collect::<Vec<_>>())
        }
        _ => file.subnodes(&nodes),
    };
    (tree(file, &own), sub)
}

fn tree(file: &mut Builder, blocks: &[u64]) -> u64 {
    match blocks {
        [] => 0,
        [block] => *block,
        _ => file.list(1, 0, blocks),
    }
}

/// A heap as the data of a [`node`], and the B-tree in it.
pub(super) fn pst_heap(data: &[u8]) {
    let mut feed = Feed::new(data);
    let (mut file, flags) = start(&mut feed);
    let bits = file.format.heap_index_bits;
    let (data, sub) = node(&mut feed, &mut file, flags & 1 != 0);
    file.node(MESSAGE, data, sub, FOLDER);
    let Some(pst) = open(file.build()) else { return };
    let ndb = pst.ndb();
    let Ok(node) = ndb.node(Nid(MESSAGE as u32)) else { return };
    if let Ok(heap) = Heap::open(ndb, node.data) {
        let _ = heap.client();
        for block in 0..4_u32 {
            for index in (0..40).chain([(1 << bits) - 1]) {
                let id = HeapId(block << (5 + bits) | index << 5);
                if let Ok(item) = heap.get(id) {
                    let _ = item.len();
                }
                if let Ok(tree) = Bth::open(&heap, id) {
                    let each = |key: &[u8], data: &[u8]| {
                        assert_eq!((key.len(), data.len()), (tree.key, tree.data));
                    };
                    tree.records(&heap, each, drop);
                }
            }
        }
        if let Ok(tree) = Bth::open(&heap, heap.root()) {
            tree.records(&heap, |_, _| (), drop);
        }
    }
    let _ = PropContext::open(ndb, &node).map(|props| props.entries().len());
    let _ = Table::open(ndb, &node).map(|table| table.rows().len());
}

/// A table as the data of a [`node`]: by itself, and as each of the tables of a folder.
pub(super) fn pst_table(data: &[u8]) {
    let mut feed = Feed::new(data);
    let (mut file, flags) = start(&mut feed);
    let (data, sub) = node(&mut feed, &mut file, flags & 1 != 0);
    let folder = file.block(properties(file.format, &[(0x3001_001F, text("folder"))]));
    file.node(FOLDER + 1, folder, 0, 0x122);
    for number in [0x12D, 0x12E, 0x12F, 0x62B, 0x8030] {
        file.node(number, data, sub, 0);
    }
    let Some(pst) = open(file.build()) else { return };
    let ndb = pst.ndb();
    let node = ndb.node(Nid(0x12D)).expect("the node that was made");
    if let Ok(table) = Table::open(ndb, &node) {
        let _ = table.columns().len();
        let mut rows = 0;
        table.visit(|_, row| {
            if let Ok(row) = row {
                let _ = table.bag(row, CodePage::WESTERN, u64::MAX, |_| true, |_, _| ());
            }
            rows += 1;
            rows < 1000
        });
    }
    let mut counts = Counts { budget: 100, ..Counts::new() };
    walk(&pst, &mut counts);
    let _ = pst.diagnostics();
}

/// Properties as the data of a [`node`], which is a message: its recipients, attachments and
/// what is in them are subnodes.
pub(super) fn pst_prop(data: &[u8]) {
    let mut feed = Feed::new(data);
    let (mut file, flags) = start(&mut feed);
    let (data, sub) = node(&mut feed, &mut file, flags & 1 != 0);
    file.node(MESSAGE, data, sub, 0x122);
    let Some(pst) = open(file.build()) else { return };
    let ndb = pst.ndb();
    let message = ObjectRef::message(MESSAGE);
    let small = pst.properties(&message, 16);
    let whole = pst.properties(&message, u64::MAX);
    assert_eq!(small.is_ok(), whole.is_ok());
    for prop in small.iter().flatten().take(MOST) {
        let stream = pst.open_stream(&message, prop.tag);
        let _ = stream.map(|mut stream| stream.read_to_end(&mut Vec::new()));
    }
    let node = ndb.node(Nid(MESSAGE as u32)).expect("the node that was made");
    if let Ok(props) = PropContext::open(ndb, &node) {
        for entry in props.entries().iter().take(MOST) {
            let _ = (props.bytes(entry, 1 << 20), props.i32(entry.tag), props.code_page());
        }
    }
    let mut counts = Counts { budget: 300, ..Counts::new() };
    walk(&pst, &mut counts);
}

/// The map of named properties as the data of a [`node`]; with flag 2 only its three streams,
/// each behind its length.
pub(super) fn pst_names(data: &[u8]) {
    let mut feed = Feed::new(data);
    let (mut file, flags) = start(&mut feed);
    let (data, sub) = if flags & 2 == 0 {
        node(&mut feed, &mut file, flags & 1 != 0)
    } else {
        let streams = [feed.part(), feed.part(), feed.part()];
        let data = streams.map(|stream| file.data(stream));
        let sub = file.subnodes(&[[0x41, data[0], 0], [0x61, data[1], 0], [0x81, data[2], 0]]);
        let props = [(2, 0x41), (3, 0x61), (4, 0x81)]
            .map(|(id, number)| (id << 16 | 0x0102, Stored::Inline(number)));
        (file.block(properties(file.format, &props)), sub)
    };
    file.node(0x61, data, sub, 0);
    if let Some(pst) = open(file.build()) {
        file::names(&pst);
        let _ = pst.names(&[0, 0x7FFF, 0x8000, 0xFFFE, 0xFFFF]);
        let _ = pst.diagnostics();
    }
}
