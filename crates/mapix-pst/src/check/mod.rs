//! Judges the structure of a PST or OST file, strictly, where the reader is tolerant.
//!
//! | file | question it answers |
//! |---|---|
//! | `finding`, `rules` | What can be wrong, how bad is it, what does it mean? |
//! | `header` | Does the header agree with itself and with the file? |
//! | `trees` | Are both B-trees whole, page by page? |
//! | `maps` | Does everything have a place of its own, and do the maps know it? |
//! | `blocks` | Is every block whole, and referred to as often as it says? |
//! | `heaps`, `props`, `tables`, `names` | Does the data of nodes keep its form? |
//! | `nodes`, `folders`, `messages` | Do nodes and tables agree? |
//!
//! ```no_run
//! use mapix_pst::check::{self, CheckOptions};
//!
//! let report = check::check("archive.pst", &CheckOptions::default(), &mut ())?;
//! for finding in &report.findings {
//!     println!("{finding} ({})", finding.rule.meaning);
//! }
//! assert!(report.ok());
//! # Ok::<(), mapix_core::Error>(())
//! ```
//!
//! What cannot be read is a finding; only the file itself, and whoever cancels, make errors.

mod blocks;
mod finding;
mod folders;
mod header;
mod heaps;
mod maps;
mod messages;
mod names;
mod nodes;
mod props;
pub mod rules;
mod stores;
mod tables;
mod trees;

use std::path::Path;
use std::sync::Arc;

use mapix_core::store::MessageStore as _;
use mapix_core::{Context, Result};

pub use finding::{CheckReport, Checked, Finding, Place, Step, Watch};
pub use mapix_core::check::{Grade, Rule};

use crate::file::Source;
use crate::messaging::Pst;
use finding::Findings;
use header::RawHeader;
use trees::Pages;

/// What to judge.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CheckOptions {
    /// How far to go. [`Step::Trees`] reads only a small part of the file.
    pub depth: Step,
    /// How many findings of each rule the report keeps; the others are counted.
    pub keep: u64,
}

impl Default for CheckOptions {
    fn default() -> Self {
        Self { depth: Step::Nodes, keep: 100 }
    }
}

/// Judges a file.
///
/// # Errors
/// Those of opening the file; `MAPI_E_CANCEL` if the watcher cancels.
pub fn check(
    path: impl AsRef<Path>,
    options: &CheckOptions,
    watch: &mut dyn Watch,
) -> Result<CheckReport> {
    let path = path.as_ref();
    let source = Source::open(path)?;
    check_source(source, options, watch).context(|| path.display().to_string())
}

/// Judges a file that is held in memory.
///
/// # Errors
/// `MAPI_E_CANCEL` if the watcher cancels.
pub fn check_bytes(
    bytes: impl Into<Arc<[u8]>>,
    options: &CheckOptions,
    watch: &mut dyn Watch,
) -> Result<CheckReport> {
    check_source(Source::Memory(bytes.into()), options, watch)
}

fn check_source(
    source: Source,
    options: &CheckOptions,
    watch: &mut dyn Watch,
) -> Result<CheckReport> {
    let mut out = Findings::new(watch, options.keep);
    out.report.size = source.len();
    let length = usize::try_from(source.len()).unwrap_or(header::SIZE).min(header::SIZE);
    let mut bytes = vec![0; length];
    source.read_exact_at(&mut bytes, 0)?;
    let header = header::check(&bytes, source.len(), &mut out);
    let pst = match Pst::from_source(source, "") {
        Ok(pst) => pst,
        Err(error) => {
            header::unusable(&error, &mut out);
            return Ok(out.report);
        }
    };
    out.report.format = Some(pst.info().format.clone());
    if let Some(header) = header {
        check_file(&pst, &header, options.depth, &mut out)?;
    }
    if out.report.ok() {
        for found in pst.diagnostics() {
            out.add(&rules::RDR_OTHER, Place::named(found.place), found.cause);
        }
    }
    Ok(out.report)
}

fn check_file(pst: &Pst, header: &RawHeader, depth: Step, out: &mut Findings<'_>) -> Result<()> {
    let ndb = &**pst.ndb();
    let used = ndb.header();
    let roots = [
        ("node B-tree", header.node_root, used.node_root),
        ("block B-tree", header.block_root, used.block_root),
    ];
    for (name, (bid, offset), used) in roots {
        if (bid, offset) != (used.bid.0, used.offset) {
            let detail = format!(
                "{name}: bid {bid:#x} at {offset:#x}; the newest intact root is {:?} at {:#x}",
                used.bid, used.offset
            );
            out.add(&rules::HDR_ROOT, Place::named("header"), detail);
        }
    }
    // Pages are few; nobody waits for an exact number of them.
    out.begin(Step::Trees, ndb.file_size() / 100_000)?;
    let mut pages = Pages::default();
    let nodes = trees::nodes(ndb, &mut pages, out)?;
    let mut blocks = trees::blocks(ndb, &mut pages, out)?;
    out.report.checked.nodes = nodes.list.len() as u64;
    header::check_counters(header, &pages, &blocks, &nodes, out);
    maps::check(ndb, header, &pages, &blocks, out)?;
    out.end()?;
    drop(pages);
    if depth == Step::Trees {
        return Ok(());
    }
    out.begin(Step::Blocks, blocks.list.len() as u64)?;
    blocks::check(ndb, &mut blocks, &nodes, out)?;
    out.end()?;
    drop(blocks);
    if depth == Step::Blocks {
        return Ok(());
    }
    out.allow(ndb.file_size().saturating_mul(32));
    out.begin(Step::Nodes, nodes.list.len() as u64)?;
    nodes::check(ndb, &nodes, out)?;
    out.end()
}
