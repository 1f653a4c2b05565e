//! The flags and enumerations that values are made of.

use std::sync::LazyLock;

use super::named::{entries_named, named_info};
use super::table::{NameIndex, hex, matches, rows};
use super::{tag_info, tags_named};
use crate::prop::{PropName, PropTag};

/// A name for a value, or for a part of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct FlagInfo {
    /// The property or field whose values it names: `PR_MESSAGE_FLAGS`, `dispidBusyStatus`,
    /// `SRestriction.rt`.
    pub applies_to: &'static str,
    /// Whether that is a tag, a named property or a field.
    pub scope: FlagScope,
    /// Its name, such as `MSGFLAG_READ`; in a few cases a label, such as `Read mail`.
    pub name: &'static str,
    /// Its value.
    pub value: u32,
    /// How the value is held.
    pub kind: FlagKind,
}

/// What a flag applies to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FlagScope {
    /// The values of a property tag.
    Tag,
    /// The values of a named property.
    Named,
    /// A field of a structure, of a binary value or of a call.
    Field,
}

/// How a flag is held in a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FlagKind {
    /// Bits that are set or not, whatever the others are.
    Bit,
    /// The whole value, apart from the bits that other flags take up.
    Value,
    /// A value in the bits of the mask.
    Class {
        /// The bits that hold it.
        mask: u32,
    },
}

/// All that applies to one property or field.
struct Group {
    target: Target,
    flags: &'static [FlagInfo],
}

/// What a group applies to. One group can apply to several named properties.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Target {
    Tag(PropTag),
    Named(&'static PropName),
    Field(&'static str),
}

/// Those of a group lie together.
static FLAGS: LazyLock<Vec<FlagInfo>> = LazyLock::new(|| {
    rows(include_str!("../../names/flags.tsv"))
        .map(|[scope, applies_to, name, value, kind, mask]| FlagInfo {
            applies_to,
            scope: match scope {
                "tag" => FlagScope::Tag,
                "named" => FlagScope::Named,
                _ => FlagScope::Field,
            },
            name,
            value: hex(value),
            kind: match kind {
                "bit" => FlagKind::Bit,
                "value" => FlagKind::Value,
                _ => FlagKind::Class { mask: hex(mask) },
            },
        })
        .collect()
});

/// By target.
static GROUPS: LazyLock<Vec<Group>> = LazyLock::new(|| {
    let mut groups = Vec::new();
    for flags in FLAGS.chunk_by(|a, b| a.applies_to == b.applies_to) {
        let name = flags[0].applies_to;
        let mut push = |target| groups.push(Group { target, flags });
        match flags[0].scope {
            FlagScope::Tag => tags_named(name).into_iter().map(Target::Tag).for_each(&mut push),
            FlagScope::Named => {
                entries_named(name).map(|info| Target::Named(&info.prop)).for_each(&mut push);
            }
            FlagScope::Field => push(Target::Field(name)),
        }
    }
    groups.sort_by(|a, b| a.target.cmp(&b.target));
    groups
});

static INDEX: LazyLock<NameIndex> = LazyLock::new(|| {
    NameIndex::new(FLAGS.iter().enumerate().map(|(entry, flag)| (flag.name, entry)))
});

/// The flags of a property or field: by any name of a tag or named property, or by the name of
/// the field, such as `SRestriction.rt`. Empty if there are none.
pub fn flags_for(name: &str) -> &'static [FlagInfo] {
    let name = name.trim();
    let tags = tags_named(name).into_iter().map(flags_of_tag);
    let named = entries_named(name).map(|info| flags_of_named(&info.prop));
    tags.chain(named).find(|flags| !flags.is_empty()).unwrap_or_else(|| flags_of_field(name))
}

/// All flags with a name: the same name can serve several properties.
pub fn flag_by_name(name: &str) -> Vec<&'static FlagInfo> {
    INDEX.find(name.trim()).map(|entry| &FLAGS[entry]).collect()
}

/// Searches the names of all flags and of what they apply to.
pub fn search_flags(query: &str) -> impl Iterator<Item = &'static FlagInfo> {
    FLAGS.iter().filter(move |flag| matches(query, &[flag.applies_to, flag.name].into_iter(), ""))
}

/// The flags of a tag, found as by its name.
pub(super) fn flags_of_tag(tag: PropTag) -> &'static [FlagInfo] {
    tag_info(tag).map_or(&[], |info| flags_of(&Target::Tag(info.tag)))
}

/// The flags of a named property.
pub(super) fn flags_of_named(prop: &PropName) -> &'static [FlagInfo] {
    named_info(prop).map_or(&[], |info| flags_of(&Target::Named(&info.prop)))
}

/// The flags of a field.
pub(super) fn flags_of_field(name: &str) -> &'static [FlagInfo] {
    let is_field = |group: &&Group| match group.target {
        Target::Field(field) => field.eq_ignore_ascii_case(name),
        _ => false,
    };
    GROUPS.iter().find(is_field).map_or(&[], |group| group.flags)
}

fn flags_of(target: &Target) -> &'static [FlagInfo] {
    match GROUPS.binary_search_by(|group| group.target.cmp(target)) {
        Ok(group) => GROUPS[group].flags,
        Err(_) => &[],
    }
}
