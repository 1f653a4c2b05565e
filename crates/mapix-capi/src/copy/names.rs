//! Named properties: the same names, under the IDs of the destination.

use std::collections::HashMap;

use mapix::ErrorCode;
use mapix::prop::{PropTag, tags};

use crate::com::Ptr;
use crate::iface::IMAPIProp;
use crate::import::names::{ids, names};
use crate::import::objects::get;

/// The IDs of the source in the destination, as far as they were asked for.
#[derive(Default)]
pub(super) struct Names {
    /// Both sides have one mapping.
    same: Option<bool>,
    known: HashMap<u16, Result<u16, ErrorCode>>,
}

impl Names {
    /// Asks for those of these tags that are not known yet, all at once.
    pub(super) fn learn(
        &mut self,
        from: &Ptr<IMAPIProp>,
        to: &Ptr<IMAPIProp>,
        tags: impl IntoIterator<Item = PropTag>,
    ) {
        let named = tags.into_iter().filter(|tag| tag.is_named()).map(PropTag::id);
        let mut new: Vec<u16> = named.filter(|id| !self.known.contains_key(id)).collect();
        new.sort_unstable();
        new.dedup();
        if new.is_empty() {
            return;
        }
        if *self.same.get_or_insert_with(|| one_mapping(from, to)) {
            self.known.extend(new.iter().map(|id| (*id, Ok(*id))));
            return;
        }
        self.known.extend(mapped(from, to, &new));
    }

    /// The tag in the destination, or why there is none.
    pub(super) fn map(&self, tag: PropTag) -> Result<PropTag, ErrorCode> {
        if !tag.is_named() {
            return Ok(tag);
        }
        let id = self.known.get(&tag.id()).copied().unwrap_or(Err(ErrorCode::NOT_FOUND))?;
        Ok(PropTag::new(id, tag.prop_type()))
    }
}

fn mapped(
    from: &Ptr<IMAPIProp>,
    to: &Ptr<IMAPIProp>,
    asked: &[u16],
) -> Vec<(u16, Result<u16, ErrorCode>)> {
    let each = |answer| asked.iter().map(|id| (*id, answer)).collect();
    let found = match names(from, asked) {
        Ok(found) => found,
        Err(error) => return each(Err(error.code())),
    };
    // An ID without a name means nothing elsewhere.
    let known: Vec<_> = found.iter().flatten().cloned().collect();
    let new = match ids(to, &known, true) {
        Ok(new) => new,
        Err(error) => return each(Err(error.code())),
    };
    let mut new = new.into_iter();
    let answer = |name: Option<_>| name.and_then(|_| new.next().flatten());
    let answers = found.into_iter().map(answer).map(|id| id.ok_or(ErrorCode::NOT_FOUND));
    asked.iter().copied().zip(answers).collect()
}

/// Whether both say that they have one mapping of names.
fn one_mapping(from: &Ptr<IMAPIProp>, to: &Ptr<IMAPIProp>) -> bool {
    let signature = |prop| {
        let found = get(prop, &[tags::MAPPING_SIGNATURE]).ok()?.into_iter().next()?;
        found.value.as_bytes().filter(|bytes| !bytes.is_empty()).map(<[u8]>::to_vec)
    };
    signature(from).is_some_and(|from| Some(from) == signature(to))
}
