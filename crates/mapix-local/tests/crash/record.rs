//! What the shim wrote down of a process: every change that reached its files, in order.

use std::path::{Path, PathBuf};

/// One change of a file or a folder.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Record {
    Create(PathBuf),
    Write(PathBuf, u64, Vec<u8>),
    Truncate(PathBuf, u64),
    Sync(PathBuf),
    SyncFolder(PathBuf),
    Rename(PathBuf, PathBuf),
    Unlink(PathBuf),
    Link(PathBuf, PathBuf),
}

/// Reads a log. A record that the process could not finish is left out.
pub(crate) fn read(log: &Path) -> Vec<Record> {
    let bytes = std::fs::read(log).unwrap();
    let (mut rest, mut records) = (&bytes[..], Vec::new());
    while let Some(record) = next(&mut rest) {
        records.push(record);
    }
    records
}

fn next(rest: &mut &[u8]) -> Option<Record> {
    let head = take(rest, 21)?;
    let number = |at: usize| u32::from_le_bytes(head[at..at + 4].try_into().unwrap()) as usize;
    let offset = u64::from_le_bytes(head[13..21].try_into().unwrap());
    let mut path = |length| Some(PathBuf::from(std::str::from_utf8(take(rest, length)?).unwrap()));
    let (first, second) = (path(number(1))?, path(number(5))?);
    let data = take(rest, number(9))?;
    Some(match head[0] {
        1 => Record::Create(first),
        2 => Record::Write(first, offset, data.to_vec()),
        3 => Record::Truncate(first, offset),
        4 => Record::Sync(first),
        5 => Record::SyncFolder(first),
        6 => Record::Rename(first, second),
        7 => Record::Unlink(first),
        8 => Record::Link(first, second),
        kind => panic!("the log has a record of kind {kind}"),
    })
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (head, tail) = rest.split_at_checked(length)?;
    *rest = tail;
    Some(head)
}
