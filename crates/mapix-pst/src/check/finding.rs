//! What a check finds, and how it is graded.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::ControlFlow;

use mapix_core::check::{Grade, Rule};
use mapix_core::{Error, ErrorCode, Result};

use super::rules;
use crate::ndb::{Bid, Nid};

/// Where something was found. All parts are optional.
#[derive(Clone, PartialEq, Eq, Hash, Default, Debug)]
pub struct Place {
    /// The node, and the subnodes on the way to the place.
    pub nodes: Vec<Nid>,
    /// A part of the node: `property 0x0037001F`.
    pub part: Option<String>,
    /// The block or page.
    pub bid: Option<Bid>,
    /// The offset in the file.
    pub offset: Option<u64>,
}

impl Place {
    /// An offset in the file.
    pub fn offset(offset: u64) -> Self {
        Self { offset: Some(offset), ..Self::default() }
    }

    /// A block or page.
    pub fn bid(bid: Bid, offset: u64) -> Self {
        Self { bid: Some(bid), offset: Some(offset), ..Self::default() }
    }

    /// A node of the node B-tree.
    pub fn node(nid: Nid) -> Self {
        Self { nodes: vec![nid], ..Self::default() }
    }

    /// A named part of the file, such as the header.
    pub fn named(part: impl Into<String>) -> Self {
        Self { part: Some(part.into()), ..Self::default() }
    }

    /// A subnode of this place.
    #[must_use]
    pub fn sub(&self, nid: Nid) -> Self {
        let mut place = self.clone();
        place.nodes.push(nid);
        place
    }

    /// A part of this place.
    #[must_use]
    pub fn part(&self, part: impl fmt::Display) -> Self {
        Self { part: Some(part.to_string()), ..self.clone() }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts: Vec<String> = Vec::new();
        if !self.nodes.is_empty() {
            let path: Vec<String> = self.nodes.iter().map(|nid| format!("{nid:?}")).collect();
            parts.push(format!("node {}", path.join(" > ")));
        }
        parts.extend(self.part.clone());
        parts.extend(self.bid.map(|bid| format!("bid {bid:?}")));
        parts.extend(self.offset.map(|offset| format!("offset {offset:#x}")));
        f.write_str(if parts.is_empty() { "file" } else { "" })?;
        f.write_str(&parts.join(", "))
    }
}

/// Something that was found.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The rule that is not kept.
    pub rule: &'static Rule,
    /// Where.
    pub place: Place,
    /// What was expected, and what is there.
    pub detail: String,
}

impl Finding {
    /// How bad it is.
    pub fn grade(&self) -> Grade {
        self.rule.grade
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Rule { id, grade, title, .. } = self.rule;
        write!(f, "{id} {grade}: {}: {title}", self.place)?;
        if self.detail.is_empty() { Ok(()) } else { write!(f, ": {}", self.detail) }
    }
}

/// The parts of a check, in their order.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Step {
    /// The header, both B-trees and the allocation maps.
    Trees,
    /// Every block, and what refers to it.
    Blocks,
    /// The content of the nodes: properties, tables, messages.
    Nodes,
}

impl Step {
    /// Its name: `trees`, `blocks` or `nodes`. These names do not change.
    pub fn name(self) -> &'static str {
        match self {
            Self::Trees => "trees",
            Self::Blocks => "blocks",
            Self::Nodes => "nodes",
        }
    }
}

/// Who watches a check. `()` does not.
pub trait Watch {
    /// Something was found. Unlike the report, it is told of every finding.
    fn finding(&mut self, _finding: &Finding) {}

    /// So much of a step is done; `Break` cancels the check.
    fn progress(&mut self, _step: Step, _done: u64, _total: u64) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

impl Watch for () {}

/// How much was looked at.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
#[allow(missing_docs)]
pub struct Checked {
    pub pages: u64,
    pub blocks: u64,
    pub nodes: u64,
    pub subnodes: u64,
    pub heaps: u64,
    pub properties: u64,
    pub tables: u64,
    pub rows: u64,
    pub folders: u64,
    pub messages: u64,
    pub attachments: u64,
}

/// The judgement on a file.
#[derive(Clone, Default, Debug)]
pub struct CheckReport {
    /// `PST, Unicode`; `None` if the file could not be opened.
    pub format: Option<String>,
    /// The length of the file in bytes.
    pub size: u64,
    /// How much was looked at.
    pub checked: Checked,
    /// The findings in the order of their finding; of each rule only the first.
    pub findings: Vec<Finding>,
    grades: [u64; 4],
    counts: BTreeMap<&'static str, u64>,
}

impl CheckReport {
    /// Whether nothing is wrong. Remarks are not wrong.
    pub fn ok(&self) -> bool {
        self.worst().is_none_or(|grade| grade == Grade::Remark)
    }

    /// The worst grade of all findings.
    pub fn worst(&self) -> Option<Grade> {
        Grade::ALL.into_iter().rev().find(|grade| self.count(*grade) > 0)
    }

    /// How many findings have a grade.
    pub fn count(&self, grade: Grade) -> u64 {
        self.grades[grade as usize]
    }

    /// How many findings each rule has, by its ID.
    pub fn counts(&self) -> &BTreeMap<&'static str, u64> {
        &self.counts
    }
}

/// Where the parts of the check bring their findings.
pub(super) struct Findings<'a> {
    pub(super) report: CheckReport,
    watch: &'a mut dyn Watch,
    keep: u64,
    step: Step,
    done: u64,
    total: u64,
    /// How many bytes of heaps may still be looked at.
    budget: u64,
}

impl<'a> Findings<'a> {
    /// How often the watcher is told how far the check is.
    const EVERY: u64 = 64;

    pub(super) fn new(watch: &'a mut dyn Watch, keep: u64) -> Self {
        let report = CheckReport::default();
        Self { report, watch, keep, step: Step::Trees, done: 0, total: 0, budget: u64::MAX }
    }

    pub(super) fn add(&mut self, rule: &'static Rule, place: Place, detail: impl Into<String>) {
        let finding = Finding { rule, place, detail: detail.into() };
        self.watch.finding(&finding);
        self.report.grades[rule.grade as usize] += 1;
        let count = self.report.counts.entry(rule.id).or_default();
        *count += 1;
        if *count <= self.keep {
            self.report.findings.push(finding);
        }
    }

    /// Sets how many bytes of heaps may be looked at. Many nodes may share one, but a file in
    /// which all share a large one would keep its reader busy for ever.
    pub(super) fn allow(&mut self, bytes: u64) {
        self.budget = bytes;
    }

    /// Counts the bytes of a heap; false if it may not be looked at. The first time is told.
    pub(super) fn spend(&mut self, bytes: u64, place: &Place) -> bool {
        let told = self.budget == 0;
        let left = self.budget.checked_sub(bytes);
        self.budget = left.unwrap_or_default();
        if left.is_none() && !told {
            self.add(&rules::SUB_LOOP, place.clone(), "no more of the heaps is judged");
        }
        left.is_some()
    }

    /// Begins a step.
    pub(super) fn begin(&mut self, step: Step, total: u64) -> Result<()> {
        (self.step, self.done, self.total) = (step, 0, total);
        self.tell()
    }

    /// One more is done.
    ///
    /// # Errors
    /// `MAPI_E_CANCEL` if the watcher has seen enough.
    pub(super) fn tick(&mut self) -> Result<()> {
        self.done += 1;
        if self.done.is_multiple_of(Self::EVERY) { self.tell() } else { Ok(()) }
    }

    /// The step is done.
    pub(super) fn end(&mut self) -> Result<()> {
        self.done = self.done.max(self.total);
        self.tell()
    }

    fn tell(&mut self) -> Result<()> {
        // Some totals are only estimated.
        let total = self.total.max(self.done);
        match self.watch.progress(self.step, self.done, total) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Error::new(ErrorCode::CANCEL, "the check was cancelled")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_one_line() {
        assert_eq!(Place::default().to_string(), "file");
        let place = Place::node(Nid(0x24)).sub(Nid(0x692)).part("row 0x1");
        assert_eq!(place.to_string(), "node 0x24 > 0x692, row 0x1");
        assert_eq!(Place::bid(Bid(4), 0x5600).to_string(), "bid 0x4, offset 0x5600");
    }

    #[test]
    fn remarks_are_not_wrong_and_lists_are_bounded() {
        let mut watch = ();
        let mut findings = Findings::new(&mut watch, 2);
        for _ in 0..5 {
            findings.add(&rules::MAP_UNOWNED, Place::default(), "");
        }
        assert!(findings.report.ok());
        assert_eq!(findings.report.findings.len(), 2);
        assert_eq!(findings.report.counts()["PST-MAP-005"], 5);
        findings.add(&rules::BLK_CRC, Place::default(), "");
        assert!(!findings.report.ok());
        assert_eq!(findings.report.worst(), Some(Grade::Error));
    }
}
