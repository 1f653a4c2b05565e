//! The allocation maps: which parts of the file are taken, by the maps and by what is there.

use mapix_core::Result;

use super::finding::{Findings, Place};
use super::header::RawHeader;
use super::rules;
use super::trees::{BlockTable, Pages, Trailer, expected};
use crate::bytes::{u8_at, u32_at};
use crate::ndb::{Bid, FormatKind, Ndb};

/// Where the maps of a format are.
struct Layout {
    /// The first AMap, and how many bytes of the file each describes.
    first: u64,
    span: u64,
    /// What one bit stands for.
    slot: u64,
    /// The bytes of bits in a page, and where they start.
    bits: usize,
    start: usize,
    page: u64,
    /// Whether there are PMaps, FMaps and FPMaps.
    old_maps: bool,
}

const AMAP: u8 = 0x84;
const PMAP: u8 = 0x83;
const FMAP: u8 = 0x82;
const FPMAP: u8 = 0x85;
const DLIST: u8 = 0x86;

impl Layout {
    /// MS-PST 2.2.2.7.2 AMap;
    /// files with 4K pages have only AMaps and a DList.
    fn of(ndb: &Ndb) -> Self {
        let page = ndb.format().page_size as u64;
        match ndb.format().kind {
            FormatKind::Unicode4k => Self {
                first: 0x22000,
                span: 4072 * 8 * 512,
                slot: 512,
                bits: 4072,
                start: 0,
                page,
                old_maps: false,
            },
            kind => Self {
                first: 0x4400,
                span: 496 * 8 * 64,
                slot: 64,
                bits: 496,
                start: if kind == FormatKind::Ansi { 4 } else { 0 },
                page,
                old_maps: true,
            },
        }
    }

    /// The pages of maps at the start of a section, in their order:
    /// MS-PST 2.2.2.7.
    fn pages(&self, section: u64) -> impl Iterator<Item = (u8, u64)> + use<> {
        let every = |first: u64, step: u64| {
            section.checked_sub(first).is_some_and(|section| section.is_multiple_of(step))
        };
        let kinds = [
            Some(AMAP),
            Some(PMAP).filter(|_| self.old_maps && every(0, 8)),
            Some(FMAP).filter(|_| self.old_maps && every(128, 496)),
            Some(FPMAP).filter(|_| self.old_maps && every(128 * 64, 496 * 64)),
        ];
        let (start, page) = (self.first + section * self.span, self.page);
        kinds.into_iter().flatten().zip(0..).map(move |(kind, index)| (kind, start + index * page))
    }
}

/// A part of the file that something takes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Extent {
    offset: u64,
    length: u32,
    owner: Owner,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Owner {
    Map,
    Page,
    Block(u64),
}

impl Extent {
    fn end(&self) -> u64 {
        self.offset.saturating_add(self.length.into())
    }

    fn place(&self) -> Place {
        match self.owner {
            Owner::Block(bid) => Place::bid(Bid(bid), self.offset),
            _ => Place::offset(self.offset),
        }
    }
}

/// Judges the maps and the space that pages and blocks take.
pub(super) fn check(
    ndb: &Ndb,
    header: &RawHeader,
    pages: &Pages,
    blocks: &BlockTable,
    out: &mut Findings<'_>,
) -> Result<()> {
    let layout = Layout::of(ndb);
    let sections = ndb.file_size().min(header.file_eof).saturating_sub(layout.first);
    let sections = sections.div_ceil(layout.span);
    let mut extents = extents(ndb, &layout, sections, pages, blocks);
    extents.sort_unstable();
    overlaps(&extents, ndb.file_size(), out);
    // Maps that the header calls invalid are made anew by Outlook.
    if !matches!(header.maps_valid, 1 | 2) {
        return Ok(());
    }
    let mut maps = Maps {
        ndb,
        layout,
        extents,
        free: 0,
        all_read: true,
        runs: Vec::new(),
        unowned: 0,
        first_unowned: None,
    };
    for section in 0..sections {
        out.tick()?;
        maps.section(section, out);
    }
    maps.totals(header, sections, out);
    maps.dlist(sections, out);
    Ok(())
}

fn extents(
    ndb: &Ndb,
    layout: &Layout,
    sections: u64,
    pages: &Pages,
    blocks: &BlockTable,
) -> Vec<Extent> {
    let mut extents = Vec::with_capacity(pages.offsets.len() + blocks.list.len() + 8);
    let page = |offset: u64, owner| Extent { offset, length: layout.page as u32, owner };
    let head = Extent { offset: 0, length: layout.first as u32, owner: Owner::Map };
    extents.push(head);
    for section in 0..sections {
        extents.extend(layout.pages(section).map(|(_, offset)| page(offset, Owner::Map)));
    }
    extents.extend(pages.offsets.iter().map(|offset| page(*offset, Owner::Page)));
    extents.extend(blocks.list.iter().map(|block| Extent {
        offset: block.offset,
        length: ndb.format().block_extent(block.stored.into()) as u32,
        owner: Owner::Block(block.bid),
    }));
    extents
}

/// Nothing may stand in the place of something else, or beyond the end of the file.
fn overlaps(extents: &[Extent], file_size: u64, out: &mut Findings<'_>) {
    let mut widest: Option<&Extent> = None;
    for extent in extents {
        if let Some(before) = widest.filter(|before| before.end() > extent.offset) {
            let detail =
                format!("{:?} at {:#x} ends at {:#x}", before.owner, before.offset, before.end());
            out.add(&rules::MAP_OVERLAP, extent.place(), detail);
        }
        if extent.end() > file_size && extent.owner != Owner::Map {
            let detail = format!("ends at {:#x}, the file at {file_size:#x}", extent.end());
            out.add(&rules::MAP_BEYOND, extent.place(), detail);
        }
        if widest.is_none_or(|widest| widest.end() < extent.end()) {
            widest = Some(extent);
        }
    }
}

struct Maps<'a> {
    ndb: &'a Ndb,
    layout: Layout,
    /// Sorted.
    extents: Vec<Extent>,
    /// Free slots.
    free: u64,
    all_read: bool,
    /// The longest free run of each of the first sections.
    runs: Vec<u64>,
    /// Bytes that are marked as taken for no reason, and where they start.
    unowned: u64,
    first_unowned: Option<u64>,
}

impl Maps<'_> {
    /// More than any block or page takes.
    const LONGEST: u64 = 1 << 17;

    fn section(&mut self, section: u64, out: &mut Findings<'_>) {
        let pages: Vec<(u8, u64)> = self.layout.pages(section).collect();
        for (kind, offset) in pages {
            let page = self.page(kind, offset, out);
            if kind != AMAP {
                continue;
            }
            let start = self.layout.start;
            let bits = page.as_ref().and_then(|page| page.get(start..start + self.layout.bits));
            if let Some(bits) = bits {
                self.compare(offset, bits, out);
            } else {
                self.all_read = false;
            }
        }
    }

    /// Reads a page of a map and judges its trailer; `None` if it is of no use.
    fn page(&self, kind: u8, offset: u64, out: &mut Findings<'_>) -> Option<Vec<u8>> {
        let (rule, place) = match kind {
            AMAP => (&rules::MAP_AMAP, Place::offset(offset)),
            _ => (&rules::MAP_OLD, Place::offset(offset)),
        };
        let mut page = vec![0; self.ndb.format().page_size];
        if let Err(error) = self.ndb.read_at(&mut page, offset) {
            out.add(rule, place, format!("{}: {error}", name(kind)));
            return None;
        }
        out.report.checked.pages += 1;
        let trailer = Trailer::read(self.ndb.format(), &page);
        if trailer.kinds != (kind, kind) {
            let detail = format!("{}: page type: {}", name(kind), expected(kind, trailer.kinds.0));
            out.add(rule, place, detail);
            return None;
        }
        let mut usable = true;
        if trailer.crc != trailer.sum {
            let detail = format!("{}: {}", name(kind), expected(trailer.sum, trailer.crc));
            out.add(if kind == AMAP { &rules::MAP_CRC } else { rule }, place.clone(), detail);
            usable = false;
        }
        if trailer.bid != offset || trailer.signature != 0 {
            let detail = format!(
                "{}: identifier {:#x}, signature {:#x}",
                name(kind),
                trailer.bid,
                trailer.signature
            );
            out.add(&rules::MAP_TRAILER, place, detail);
        }
        usable.then_some(page)
    }

    /// Compares the bits of a section with what is there. The highest bit of a byte comes first.
    fn compare(&mut self, start: u64, bits: &[u8], out: &mut Findings<'_>) {
        let slot = self.layout.slot;
        let end = start + self.layout.span;
        let set = |index: u64| {
            u8_at(bits, (index / 8) as usize).is_some_and(|byte| byte & (0x80 >> (index % 8)) != 0)
        };
        let mut owned = vec![false; bits.len() * 8];
        let from = self
            .extents
            .partition_point(|extent| extent.offset + Self::LONGEST <= start.max(Self::LONGEST));
        let here = self.extents.get(from..).unwrap_or_default();
        for extent in here.iter().take_while(|extent| extent.offset < end) {
            let first = extent.offset.max(start);
            let last = extent.end().min(end);
            if first >= last {
                continue;
            }
            let slots = (first - start) / slot..(last - start).div_ceil(slot);
            let free = slots.clone().filter(|index| !set(*index)).count();
            if free > 0 {
                let detail =
                    format!("{free} of {} slots are marked as free", slots.clone().count());
                out.add(&rules::MAP_FREE, extent.place(), detail);
            }
            slots.for_each(|index| owned[index as usize] = true);
        }
        let (mut run, mut longest) = (0, 0);
        for (index, owned) in owned.iter().enumerate() {
            let index = index as u64;
            if set(index) {
                run = 0;
                // What is beyond the end of the file is marked as taken.
                if !owned && start + index * slot < self.ndb.file_size() {
                    self.unowned += slot;
                    self.first_unowned.get_or_insert(start + index * slot);
                }
            } else {
                run += 1;
                self.free += 1;
                longest = longest.max(run);
            }
        }
        if self.runs.len() < 128 {
            self.runs.push(longest);
        }
    }

    /// Compares the maps with what the header says of them.
    fn totals(&self, header: &RawHeader, sections: u64, out: &mut Findings<'_>) {
        let place = || Place::named("header");
        let last = self.layout.first + sections.saturating_sub(1) * self.layout.span;
        if header.last_map != last {
            out.add(&rules::HDR_LAST_MAP, place(), expected(last, header.last_map));
        }
        let free = self.free * self.layout.slot;
        if self.all_read && header.map_free != free {
            let detail = format!("expected {free}, found {}", header.map_free);
            out.add(&rules::HDR_MAP_FREE, place(), detail);
        }
        if self.layout.old_maps && self.all_read {
            let runs = header.free_runs().iter().zip(&self.runs);
            let wrong = runs.filter(|(found, run)| u64::from(**found) != (**run).min(255)).count();
            if wrong > 0 {
                let detail = format!("{wrong} of {} bytes are wrong", self.runs.len());
                out.add(&rules::MAP_FMAP, place(), detail);
            }
        }
        // Old versions of Outlook hold space ready for pages.
        if let Some(first) = self.first_unowned.filter(|_| self.unowned > header.pages_free) {
            let detail = format!("{} bytes in all", self.unowned - header.pages_free);
            out.add(&rules::MAP_UNOWNED, Place::offset(first), detail);
        }
    }

    /// The list of where there is room is only a hint
    /// (MS-PST 2.2.2.7.4 DList).
    fn dlist(&self, sections: u64, out: &mut Findings<'_>) {
        let offset = self.layout.first - self.layout.page;
        let mut page = vec![0; self.ndb.format().page_size];
        if self.ndb.read_at(&mut page, offset).is_err() {
            return;
        }
        let trailer = Trailer::read(self.ndb.format(), &page);
        if trailer.kinds != (DLIST, DLIST) {
            return;
        }
        if trailer.crc != trailer.sum {
            let detail = expected(trailer.sum, trailer.crc);
            out.add(&rules::MAP_DLIST, Place::offset(offset), detail);
            return;
        }
        let count = usize::from(u8_at(&page, 1).unwrap_or_default());
        let entries = (0..count).filter_map(|index| u32_at(&page, 8 + index * 4));
        for entry in entries.filter(|entry| u64::from(entry & 0xF_FFFF) >= sections) {
            let detail = format!("it names section {:#x} of {sections:#x}", entry & 0xF_FFFF);
            out.add(&rules::MAP_DLIST, Place::offset(offset), detail);
        }
    }
}

fn name(kind: u8) -> &'static str {
    match kind {
        AMAP => "AMap",
        PMAP => "PMap",
        FMAP => "FMap",
        _ => "FPMap",
    }
}
