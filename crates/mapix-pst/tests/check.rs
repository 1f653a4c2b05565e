//! The judgement on a file in which one thing is damaged behind mended checksums.

mod mend;

use mapix_conformance::corpus;
use mapix_pst::Pst;
use mapix_pst::check::{CheckOptions, CheckReport, check_bytes};
use mapix_pst::ndb::{BlockEntry, Nid};
use mend::Parts;

fn judge(bytes: Vec<u8>) -> CheckReport {
    check_bytes(bytes, &CheckOptions::default(), &mut ()).unwrap()
}

/// A file that is about to be damaged.
struct Victim {
    bytes: Vec<u8>,
    parts: Parts,
    pst: Pst,
}

impl Victim {
    fn new(bytes: Vec<u8>) -> Self {
        let parts = Parts::of(&bytes);
        let pst = Pst::from_bytes(bytes.clone(), "victim").unwrap();
        Self { bytes, parts, pst }
    }

    fn put(&mut self, at: usize, bytes: &[u8]) {
        self.bytes[at..at + bytes.len()].copy_from_slice(bytes);
    }

    fn header(&mut self, at: usize, bytes: &[u8]) {
        self.put(at, bytes);
        self.parts.seal_header(&mut self.bytes);
    }

    /// Changes a page behind a mended checksum.
    fn page(&mut self, page: u64, change: impl FnOnce(&mut [u8])) {
        let start = page as usize;
        let end = start + self.parts.format.page_size;
        change(&mut self.bytes[start..end]);
        self.parts.seal_page(&mut self.bytes, page);
    }

    /// A leaf of one of the trees with its entry for a key: page, number, size of an entry.
    fn leaf(&self, kind: u8, key: u64) -> (u64, usize, usize) {
        let format = self.parts.format;
        for page in &self.parts.pages {
            let bytes = &self.bytes[*page as usize..][..format.page_size];
            let (count, stride) = (bytes[format.btree_meta], bytes[format.btree_meta + 2]);
            let leaf = bytes[format.page_trailer] == kind && bytes[format.btree_meta + 3] == 0;
            for index in (0..usize::from(count)).filter(|_| leaf) {
                let at = index * usize::from(stride);
                let mask = if kind == BBT { !1 } else { u64::MAX };
                let found = u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap());
                if found & mask == key & mask {
                    return (*page, index, stride.into());
                }
            }
        }
        panic!("no entry for {key:#x}");
    }

    /// Changes the entry of a node or a block.
    fn entry(&mut self, kind: u8, key: u64, at: usize, bytes: &[u8]) {
        let (page, index, stride) = self.leaf(kind, key);
        let at = index * stride + at;
        self.page(page, |page| page[at..at + bytes.len()].copy_from_slice(bytes));
    }

    fn block_of(&self, nid: u32) -> BlockEntry {
        let ndb = self.pst.ndb();
        ndb.block_entry(ndb.node(Nid(nid)).unwrap().data).unwrap()
    }

    fn block(&self, bid: u64) -> BlockEntry {
        self.pst.ndb().block_entry(mapix_pst::ndb::Bid(bid)).unwrap()
    }

    /// Replaces the first bytes that are like this in the data of a node.
    fn replace(&mut self, nid: u32, from: &[u8], to: &[u8]) {
        let block = self.block_of(nid);
        self.replace_in(&block, from, to);
    }

    fn replace_in(&mut self, block: &BlockEntry, from: &[u8], to: &[u8]) {
        self.parts.change_block(&mut self.bytes, block, |data| {
            let at = data.windows(from.len()).position(|bytes| bytes == from);
            let at = at.unwrap_or_else(|| panic!("{from:x?} is not in the block"));
            data[at..at + to.len()].copy_from_slice(to);
        });
    }

    /// Changes the data of a node.
    fn data(&mut self, nid: u32, change: impl FnOnce(&mut [u8])) {
        let block = self.block_of(nid);
        self.parts.change_block(&mut self.bytes, &block, change);
    }

    /// The trailer of a block.
    fn trailer(&self, block: &BlockEntry) -> usize {
        let format = self.parts.format;
        block.offset as usize + format.block_extent(block.stored.into()) - format.block_trailer
    }
}

/// Damages a clean file in one way, and expects nothing to be found but the named rules.
fn expect(ids: &[&str], damage: impl FnOnce(&mut Victim)) {
    let Some(report) = damaged("sample1.pst", damage) else { return };
    let found: Vec<&str> = report.counts().keys().map(|id| &id[4..]).collect();
    assert_eq!(found, ids, "{:#?}", lines(&report));
}

/// The same for damage that makes other things wrong as well.
fn expect_among(id: &str, damage: impl FnOnce(&mut Victim)) {
    let Some(report) = damaged("sample1.pst", damage) else { return };
    assert!(report.counts().keys().any(|found| &found[4..] == id), "{id}: {:#?}", lines(&report));
}

fn damaged(name: &str, damage: impl FnOnce(&mut Victim)) -> Option<CheckReport> {
    let mailbox = corpus::mailbox(name)?;
    let mut victim = Victim::new(std::fs::read(&mailbox.path).unwrap());
    damage(&mut victim);
    Some(judge(victim.bytes))
}

fn lines(report: &CheckReport) -> Vec<String> {
    report.findings.iter().map(ToString::to_string).collect()
}

const NBT: u8 = 0x81;
const BBT: u8 = 0x80;
const STORE: u32 = 0x21;
const INBOX: u32 = 0x8082;
const CONTENTS: u32 = 0x808E;
const MESSAGE: u32 = 0x20_0024;
/// Subnodes of the message.
const SUBNODES: u64 = 0x34E;
const RECIPIENTS: u64 = 0x15C;
const ATTACHMENTS: u64 = 0x348;
const ATTACHMENT: u64 = 0x1BC;

#[test]
fn headers() {
    expect(&["HDR-001"], |file| file.put(0, b"?"));
    expect(&["HDR-002"], |file| file.header(10, &[37, 0]));
    expect(&["HDR-003"], |file| file.header(513, &[0x10]));
    expect(&["HDR-004"], |file| file.header(216 + 8, &[0; 8]));
    expect(&["HDR-005"], |file| file.header(8, b"XX"));
    expect(&["HDR-006"], |file| file.put(4, &[0; 4]));
    expect(&["HDR-007"], |file| file.put(524, &[0; 4]));
    expect(&["HDR-008"], |file| file.header(512, &[0x81]));
    expect(&["HDR-009"], |file| {
        let length = file.bytes.len() - 1000;
        file.bytes.truncate(length);
    });
    expect(&["HDR-010"], |file| file.bytes.extend([0; 512]));
    expect(&["HDR-011"], |file| file.header(248, &[0]));
    expect(&["HDR-012"], |file| file.header(14, &[2]));
    expect(&["HDR-013"], |file| file.header(200, &[0; 8]));
    expect(&["HDR-014"], |file| file.header(192, &[0; 8]));
    expect(&["HDR-015"], |file| file.header(44 + 4 * 4, &[0; 4]));
    expect(&["HDR-016"], |file| file.header(516, &[0; 8]));
    expect(&["HDR-017"], |file| file.header(32, &[0; 8]));
}

#[test]
fn maps() {
    expect(&["MAP-001"], |file| file.put(0x4400 + 496, &[0x83]));
    expect(&["MAP-002"], |file| file.put(0x4400 + 500, &[0; 4]));
    expect(&["MAP-003"], |file| file.put(0x4400 + 504, &[0; 8]));
    // A bit of the map itself, and one of what is free.
    expect(&["HDR-013", "MAP-004"], |file| file.page(0x4400, |page| page[0] = 0x7F));
    expect(&["HDR-013", "MAP-005"], |file| file.page(0x4400, |page| page[495] |= 1));
    expect(&["MAP-006"], |file| file.put(0x4600 + 500, &[0; 4]));
    expect(&["MAP-007"], |file| file.header(256, &[1]));
    expect(&["MAP-008"], |file| file.put(0x4200 + 8, &[1]));
    expect(&["BLK-001", "MAP-005", "MAP-010", "PC-002"], |file| {
        // The body of the message in a place beyond the end.
        let bid = file.block(0x1D4).bid.0;
        file.entry(BBT, bid, 8, &0x1_0000_0000_u64.to_le_bytes());
    });
}

#[test]
fn pages() {
    for (tree, name) in [(NBT, "NBT"), (BBT, "BBT")] {
        let key = if tree == NBT { u64::from(MESSAGE) } else { ATTACHMENT };
        let rule = |number: u32| format!("{name}-{number:03}");
        let damage = |number, change: fn(&mut Victim, u64)| {
            expect(&[&rule(number)], |file| {
                let (page, ..) = file.leaf(tree, key);
                change(file, page);
            });
        };
        damage(2, |file, page| file.put(page as usize + 500, &[0; 4]));
        damage(3, |file, page| file.put(page as usize + 498, &[0; 2]));
        damage(4, |file, page| file.put(page as usize + 504, &[0; 4]));
        damage(5, |file, page| file.put(page as usize + 497, &[0]));
        damage(7, |file, page| file.page(page, |page| page[489] += 1));
    }
}

/// The second and third entries of a leaf change places.
fn swap(file: &mut Victim, tree: u8, key: u64) {
    let (page, _, stride) = file.leaf(tree, key);
    file.page(page, |page| {
        let (first, second) = page[stride..].split_at_mut(stride);
        first.swap_with_slice(&mut second[..stride]);
    });
}

#[test]
fn order_of_pages() {
    expect(&["NBT-008"], |file| swap(file, NBT, MESSAGE.into()));
    // The reader looks blocks up, and does not find one of the two.
    expect(&["BBT-008", "PC-002"], |file| swap(file, BBT, ATTACHMENT));
}

#[test]
fn references() {
    let unknown = 0xF000_0000_u64.to_le_bytes();
    expect(&["REF-001", "REF-005"], |file| file.entry(NBT, 0xC01, 8, &unknown));
    expect(&["REF-002"], |file| file.entry(BBT, ATTACHMENT, 18, &[1]));
    expect(&["REF-003"], |file| file.entry(BBT, ATTACHMENT, 18, &[9]));
    // The map of IDs loses its data.
    expect(&["REF-005"], |file| file.entry(NBT, 0xC01, 8, &[0; 8]));
}

#[test]
fn blocks() {
    let damage = |ids: &[&str], at: usize, bytes: &[u8]| {
        expect(ids, |file| {
            let trailer = file.trailer(&file.block_of(MESSAGE));
            file.put(trailer + at, bytes);
        });
    };
    damage(&["BLK-005"], 0, &[1]);
    damage(&["BLK-003"], 2, &[1, 2]);
    damage(&["BLK-002"], 4, &[1, 2]);
    damage(&["BLK-004"], 8, &[0xF0]);
    // The list of the parts of the attachment.
    let list = |ids: &[&str], at: usize, byte: u8| {
        expect(ids, |file| {
            let list = file.block(0x176);
            file.parts.change_block(&mut file.bytes, &list, |data| data[at] = byte);
        });
    };
    list(&["BLK-010"], 4, 0);
    list(&["BLK-007", "PC-002", "REF-005"], 0, 7);
    list(&["BLK-008"], 2, 0xFF);
    list(&["BLK-009", "PC-002"], 1, 2);
}

#[test]
fn subnodes() {
    let damage = |ids: &[&str], change: fn(&mut [u8])| {
        expect(ids, |file| {
            let block = file.block(SUBNODES);
            file.parts.change_block(&mut file.bytes, &block, change);
        });
    };
    damage(&["SUB-002"], |data| {
        let (first, second) = data[8..].split_at_mut(24);
        first.swap_with_slice(&mut second[..24]);
    });
    // What the block of data has now is one reference more.
    damage(&["REF-002", "SUB-001"], |data| data[8 + 16] = 0xC);
}

/// Changes a block that is no node of its own.
fn change(file: &mut Victim, bid: u64, change: impl FnOnce(&mut [u8])) {
    let block = file.block(bid);
    file.parts.change_block(&mut file.bytes, &block, change);
}

/// The offset of some bytes.
fn find(data: &[u8], bytes: &[u8]) -> usize {
    let at = data.windows(bytes.len()).position(|found| found == bytes);
    at.unwrap_or_else(|| panic!("{bytes:x?} is not there"))
}

#[test]
fn nodes() {
    let parent = 0x9982_u32.to_le_bytes();
    expect(&["FLD-003", "NOD-003"], |file| file.entry(NBT, MESSAGE.into(), 24, &parent));
    // The folder in which the message is goes below itself.
    let itself = INBOX.to_le_bytes();
    expect(&["FLD-002", "FLD-003", "NOD-004"], |file| {
        file.entry(NBT, 0x8022, 24, &itself);
    });
    expect(&["NOD-007"], |file| file.entry(NBT, 0x122, 24, &[0; 4]));
    let without = |ids: &[&str], nid: u32, other: u32| {
        expect(ids, |file| file.entry(NBT, nid.into(), 0, &other.to_le_bytes()));
    };
    without(&["NOD-001"], 0x61, 0x41);
    without(&["NOD-002"], 0x671, 0x672);
    without(&["NOD-005"], 0x808F, 0x8090);
    without(&["HDR-015", "NOD-006"], 0x8_0030, 0x8_0050);
}

#[test]
fn heaps() {
    let damage = |ids: &[&str], nid: u32, change: fn(&mut [u8])| {
        expect(ids, |file| file.data(nid, change));
    };
    damage(&["HEAP-001"], INBOX, |data| data[2] = 0);
    damage(&["HEAP-002"], INBOX, |data| data[3] = 0x7C);
    damage(&["BTH-002", "FLD-011"], INBOX, |data| {
        let map = usize::from(u16::from_le_bytes([data[0], data[1]]));
        data[map] = 1;
    });
    damage(&["HEAP-004"], INBOX, |data| {
        let map = usize::from(u16::from_le_bytes([data[0], data[1]]));
        data[map + 2] += 1;
    });
    damage(&["BTH-001"], INBOX, |data| data[12] = 0);
    damage(&["BTH-002", "FLD-011"], INBOX, |data| data[17] = 0x7F);
    damage(&["BTH-004"], INBOX, |data| data[20..36].rotate_left(8));
    damage(&["BTH-005", "FLD-011"], INBOX, |data| data[28..30].copy_from_slice(&[1, 0x30]));
}

#[test]
fn properties() {
    let damage = |ids: &[&str], from: &[u8], to: &[u8]| {
        expect(ids, |file| file.replace(INBOX, from, to));
    };
    let name = [1, 0x30, 0x1F, 0];
    damage(&["PC-001"], &name, &[1, 0x30, 0x77, 7]);
    damage(&["PC-003"], &name, &[1, 0x30, 0x48, 0]);
    damage(&["PC-002"], &name, &[1, 0x30, 0x1F, 0, 0xE0, 7]);
    damage(&["FLD-011"], &[3, 0x36, 3, 0], &[4, 0x36, 3, 0]);
    let message = |ids: &[&str], from: &[u8], to: &[u8]| {
        expect(ids, |file| file.replace(MESSAGE, from, to));
    };
    message(&["MSG-001"], &[7, 0x30, 0x40, 0], &[6, 0x30, 0x40, 0]);
    message(&["MSG-008"], &[0x17, 0, 3, 0, 1], &[0x17, 0, 3, 0, 2]);
    message(&["MSG-010"], &[8, 0x0E, 3, 0], &[8, 0x0E, 3, 0, 1, 1]);
    let store = |ids: &[&str], from: &[u8], to: &[u8]| {
        expect(ids, |file| file.replace(STORE, from, to));
    };
    store(&["STO-001"], &[0xE7, 0x35, 2, 1], &[0xE8, 0x35, 2, 1]);
    store(&["STO-002"], &0x8022_u32.to_le_bytes(), &0x9022_u32.to_le_bytes());
}

/// `PR_RECIPIENT_TYPE`.
const TYPE: [u8; 4] = [3, 0, 0x15, 0x0C];

#[test]
fn tables() {
    let damage = |ids: &[&str], change_it: fn(&mut [u8])| {
        expect(ids, |file| change(file, RECIPIENTS, change_it));
    };
    damage(&["TC-001"], |data| data[find(data, &[0x7C, 0x1E])] = 0);
    damage(&["TC-002"], |data| data[find(data, &TYPE) + 4] = 0);
    damage(&["TC-003"], |data| {
        let at = find(data, &TYPE);
        data[at..at + 16].rotate_left(8);
    });
    damage(&["TC-004"], |data| data[find(data, &TYPE) + 7] = 0);
    damage(&["TC-012"], |data| data[find(data, &TYPE) + 6] = 2);
}

#[test]
fn folders() {
    let damage = |ids: &[&str], from: &[u8], to: &[u8]| {
        expect(ids, |file| file.replace(INBOX, from, to));
    };
    damage(&["FLD-005", "FLD-009"], &[2, 0x36, 3, 0, 1], &[2, 0x36, 3, 0, 7]);
    damage(&["FLD-006", "FLD-009"], &[3, 0x36, 3, 0, 0], &[3, 0x36, 3, 0, 7]);
    damage(&["FLD-008", "FLD-009"], &[0x0A, 0x36, 0x0B, 0, 0], &[0x0A, 0x36, 0x0B, 0, 1]);
    let message = MESSAGE.to_le_bytes();
    let other = (MESSAGE + 0x20).to_le_bytes();
    // In the row and in the row index.
    expect(&["FLD-001", "FLD-002"], |file| {
        file.replace(CONTENTS, &message, &other);
        file.replace(CONTENTS, &message, &other);
    });
    expect(&["FLD-002", "FLD-004"], |file| {
        file.replace(CONTENTS, &message, &(MESSAGE + 1).to_le_bytes());
        file.replace(CONTENTS, &message, &(MESSAGE + 1).to_le_bytes());
    });
    expect(&["FLD-002", "TC-007"], |file| file.replace(CONTENTS, &message, &other));
}

#[test]
fn messages() {
    let attachment = [0x25, 0x80, 0, 0];
    expect(&["MSG-003", "MSG-004"], |file| {
        let block = file.block(ATTACHMENTS);
        file.replace_in(&block, &attachment, &[0x45, 0x80, 0, 0]);
        file.replace_in(&block, &attachment, &[0x45, 0x80, 0, 0]);
    });
    expect(&["MSG-006"], |file| {
        let block = file.block(ATTACHMENT);
        file.replace_in(&block, &[5, 0x37, 3, 0], &[6, 0x37, 3, 0]);
    });
    expect(&["MSG-007"], |file| {
        let block = file.block(ATTACHMENT);
        file.replace_in(&block, &[5, 0x37, 3, 0], &[5, 0x37, 3, 0, 5]);
        file.replace_in(&block, &[1, 0x37, 2, 1], &[0, 0x37, 2, 1]);
    });
    expect(&["MSG-002"], |file| {
        change(file, SUBNODES, |data| data[8 + 24] = 0xB2);
    });
}

#[test]
fn names() {
    // The list of the names has a subnode of its own.
    let damage = |ids: &[&str], bid: u64, at: usize, bytes: &[u8]| {
        expect(ids, |file| {
            change(file, bid, |data| data[at..at + bytes.len()].copy_from_slice(bytes));
        });
    };
    damage(&["NAM-003", "NAM-007", "NAM-008"], 0x20C, 4, &[0xF0, 0xF0]);
    damage(&["NAM-004", "NAM-008"], 0x20C, 72, &[0, 0, 0, 0xF0]);
    damage(&["NAM-005", "NAM-007", "NAM-008"], 0x20C, 6, &[1, 0]);
}

#[test]
fn damage_with_consequences() {
    expect_among("HEAP-003", |file| {
        file.data(INBOX, |data| {
            let map = usize::from(u16::from_le_bytes([data[0], data[1]]));
            data[map + 7] = 0xFF;
        });
    });
    for (tree, name) in [(NBT, "NBT"), (BBT, "BBT")] {
        // In the first page of the tree.
        let key = if tree == NBT { u64::from(STORE) } else { 4 };
        let leaf = |number: u32, change: fn(&mut [u8], usize)| {
            expect_among(&format!("{name}-{number:03}"), |file| {
                let (page, _, stride) = file.leaf(tree, key);
                file.page(page, |page| change(page, stride));
            });
        };
        leaf(1, |page, _| page[496..498].fill(0x82));
        leaf(1, |page, _| page[490] = 1);
        leaf(6, |page, _| page[491] = 1);
        leaf(9, |page, stride| page.copy_within(..stride, stride));
        leaf(11, |page, stride| page[stride + 3] = 0xF0);
        leaf(12, |page, _| page[488] = 0);
        let root = |number: u32, change: fn(&mut [u8])| {
            expect_among(&format!("{name}-{number:03}"), |file| {
                let header = file.pst.ndb().header();
                let root = if tree == NBT { header.node_root } else { header.block_root };
                file.page(root.offset, change);
            });
        };
        root(10, |page| page[24] += 4);
        root(13, |page| page.copy_within(8..24, 24 + 8));
    }
    // One block in the place of another.
    expect_among("MAP-009", |file| {
        let offset = file.block(0x460).offset.to_le_bytes();
        file.entry(BBT, ATTACHMENT, 8, &offset);
    });
    expect_among("BLK-013", |file| {
        let offset = file.block(ATTACHMENT).offset + 1;
        file.entry(BBT, ATTACHMENT, 8, &offset.to_le_bytes());
    });
    expect_among("BLK-012", |file| file.entry(BBT, ATTACHMENT, 16, &[0, 0]));
    expect_among("SUB-003", |file| change(file, SUBNODES, |data| data.copy_within(8..12, 32)));
    expect_among("SUB-006", |file| change(file, SUBNODES, |data| data[0] = 9));
    expect_among("SUB-006", |file| change(file, SUBNODES, |data| data[1] = 7));
    expect_among("NAM-001", |file| file.data(0x61, |data| data[2] = 0));
    expect_among("NAM-006", |file| file.replace(0x61, &[1, 0, 3, 0], &[1, 0, 3, 0, 1]));
    expect_among("NAM-002", |file| file.replace(0x61, &[3, 0, 2, 1], &[3, 0, 2, 1, 0xFF, 0x80]));
    expect_among("NOD-008", |file| file.entry(NBT, INBOX.into(), 8, &[0; 8]));
}

#[test]
fn rows() {
    let below = |ids: &[&str], change_it: fn(&mut [u8])| {
        expect(ids, |file| file.data(0x802D, change_it));
    };
    let folder = INBOX.to_le_bytes();
    // The two rows of the index name the same place.
    expect_among("TC-011", |file| {
        file.data(0x802D, |data| {
            let at = find(data, &folder);
            data[at + 4] ^= 1;
        });
    });
    below(&["FLD-010"], |data| {
        let name: Vec<u8> = "Sample1".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let at = find(data, &name);
        data[at] = b'T';
    });
    below(&["TC-005"], |data| {
        let at = find(data, &[3, 0, 0xF2, 0x67]);
        data[at..at + 16]
            .copy_from_slice(&[3, 0, 0xF2, 0x67, 4, 0, 4, 1, 3, 0, 0xF3, 0x67, 0, 0, 4, 0]);
    });
    expect(&["MSG-008", "TC-009"], |file| {
        // The class gets a number of bytes that is odd: it takes one of the next piece.
        file.data(CONTENTS, |data| {
            let map = usize::from(u16::from_le_bytes([data[0], data[1]]));
            let class: Vec<u8> = "IPM.Note".encode_utf16().flat_map(u16::to_le_bytes).collect();
            let end = find(data, &class) + class.len();
            let slot = map + find(&data[map..], &(end as u16).to_le_bytes());
            data[slot] -= 1;
        });
    });
}

#[test]
fn flags_of_attachments() {
    let report = damaged("test_unicode.pst", |file| {
        file.replace(MESSAGE, &[7, 0x0E, 3, 0], &[7, 0x0E, 3, 0, 0x11]);
    });
    let Some(report) = report else { return };
    assert!(report.counts().contains_key("PST-MSG-005"), "{:#?}", lines(&report));
}
