//! Copies between objects of which one, or both, are not ours.
//!
//! Nothing is known of either but its interfaces: what the source tells is set in the destination
//! by the same calls that any client would make. A session's own copies go another way, inside the
//! engine; these are for providers, who copy with the help of `IMAPISupport`, and for our objects
//! when what they are to be copied to is somebody else's.
//!
//! ```text
//! side: who they are --> props: values and streams --> message: recipients, attachments, messages in them
//!                                                  \-> folder: messages and folders, over tree
//! ```
//!
//! No object is asked to copy itself, so that no copy goes in circles (which is what
//! `MAPI_DECLINE_OK` is for). What the destination makes itself is left to it. What it does not take
//! is told as a [`Problem`]; a message or folder that is to be made whole, and cannot be, is not made.

mod folder;
mod message;
mod names;
mod props;
mod side;
mod tree;

use mapix::prop::{PropTag, tags};
use mapix::{Error, ErrorCode, Problem, Result, Warning};

pub(crate) use folder::{FolderCopy, copy_folder, copy_messages};
pub(crate) use side::{Side, folder_of, held};

use crate::client::Teller;
use crate::com::Interface;
use crate::iface::{IMAPIContainer, IMAPIFolder, IMAPIProp, IMessage, IUnknown};
use crate::types::GUID;
use names::Names;

/// What is copied.
pub(crate) enum What {
    AllBut(Vec<PropTag>),
    Only(Vec<PropTag>),
}

impl What {
    /// All but what these interfaces and tags stand for; `None` for no tags.
    ///
    /// # Errors
    /// `MAPI_E_INVALID_PARAMETER` for an empty list of tags, or one with `PR_NULL`;
    /// `MAPI_E_INTERFACE_NOT_SUPPORTED` if nothing is left that could be copied.
    pub(crate) fn all_but(interfaces: &[GUID], tags: Option<Vec<PropTag>>) -> Result<Self> {
        if interfaces.iter().any(|iid| *iid == IMAPIProp::IID || *iid == IUnknown::IID) {
            let sentence = "without IMAPIProp there is nothing to be copied";
            return Err(Error::new(ErrorCode::INTERFACE_NOT_SUPPORTED, sentence));
        }
        let mut all = excluded_by(interfaces);
        match tags {
            Some(tags) if tags.is_empty() => {
                return Err(Error::invalid_parameter("the list of excluded tags is empty"));
            }
            tags => all.extend(tags.into_iter().flatten()),
        }
        no_null(&all)?;
        Ok(Self::AllBut(all))
    }

    /// These.
    ///
    /// # Errors
    /// `MAPI_E_INVALID_PARAMETER` if `PR_NULL` is among them.
    pub(crate) fn only(tags: Vec<PropTag>) -> Result<Self> {
        no_null(&tags)?;
        Ok(Self::Only(tags))
    }

    fn everything() -> Self {
        Self::AllBut(Vec::new())
    }

    pub(crate) fn has(&self, tag: PropTag) -> bool {
        let among = |tags: &[PropTag]| tags.iter().any(|other| other.id() == tag.id());
        match self {
            Self::AllBut(tags) => !among(tags),
            Self::Only(tags) => among(tags),
        }
    }

    /// The place of a property in the list that the caller gave.
    pub(crate) fn index(&self, tag: PropTag) -> usize {
        match self {
            Self::AllBut(_) => 0,
            Self::Only(tags) => tags.iter().position(|other| other.id() == tag.id()).unwrap_or(0),
        }
    }
}

fn no_null(tags: &[PropTag]) -> Result<()> {
    if tags.iter().any(|tag| tag.id() == 0) {
        return Err(Error::invalid_parameter("PR_NULL is no property"));
    }
    Ok(())
}

/// What a copy leaves out when interfaces are: with `IMessage` recipients and attachments stay
/// behind, with `IMAPIFolder` and `IMAPIContainer` what is in the folder.
fn excluded_by(interfaces: &[GUID]) -> Vec<PropTag> {
    let each = |iid: &GUID| match *iid {
        iid if iid == IMessage::IID => OF_MESSAGES.to_vec(),
        iid if iid == IMAPIFolder::IID || iid == IMAPIContainer::IID => OF_FOLDERS.to_vec(),
        _ => Vec::new(),
    };
    interfaces.iter().flat_map(each).collect()
}

/// The properties that stand for what is in a message.
const OF_MESSAGES: [PropTag; 2] = [tags::MESSAGE_RECIPIENTS, tags::MESSAGE_ATTACHMENTS];

/// The properties that stand for what is in a folder.
const OF_FOLDERS: [PropTag; 3] =
    [tags::CONTAINER_CONTENTS, tags::CONTAINER_HIERARCHY, tags::FOLDER_ASSOCIATED_CONTENTS];

/// How a copy is made.
#[derive(Clone, Copy)]
pub(crate) struct Plan<'a> {
    /// What is copied.
    pub(crate) what: &'a What,
    /// What the destination has already is overwritten (not `MAPI_NOREPLACE`).
    pub(crate) replace: bool,
    /// What was copied is taken from the source (`MAPI_MOVE`).
    pub(crate) remove: bool,
}

impl Plan<'_> {
    fn problem(&self, tag: PropTag, code: ErrorCode) -> Problem {
        Problem { index: self.what.index(tag), tag, code }
    }
}

/// What became of a copy.
#[derive(Default)]
pub(crate) struct Outcome {
    /// What the destination did not take.
    pub(crate) problems: Vec<Problem>,
    /// Something that is in the object was not copied: recipients, attachments, messages, folders.
    pub(crate) partial: bool,
}

impl Outcome {
    /// `MAPI_W_PARTIAL_COMPLETION`, for those who ask for no problems.
    pub(crate) fn warning(&self) -> Option<Warning> {
        self.partial.then_some(Warning::PartialCompletion)
    }

    /// Something in the object was not copied; told once for each part and reason.
    fn inside(&mut self, plan: &Plan<'_>, part: PropTag, code: ErrorCode) {
        let problem = plan.problem(part, code);
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
        self.partial = true;
    }
}

/// How far a copy is.
pub(crate) struct Steps<'a> {
    teller: &'a Teller,
    done: usize,
    total: usize,
}

impl<'a> Steps<'a> {
    /// # Errors
    /// `MAPI_E_USER_CANCEL`.
    pub(crate) fn new(teller: &'a Teller, total: usize) -> Result<Self> {
        teller.tell(0, total)?;
        Ok(Self { teller, done: 0, total })
    }

    /// There will be more than was thought.
    fn expect(&mut self, more: usize) {
        self.total += more;
    }

    /// One more is done.
    ///
    /// # Errors
    /// `MAPI_E_USER_CANCEL`, but for the last one: that is too late.
    fn advance(&mut self) -> Result<()> {
        self.done += 1;
        let told = self.teller.tell(self.done.min(self.total), self.total);
        if self.done >= self.total { Ok(()) } else { told }
    }
}

/// Whether there is no sense in going on: the user, an object or the machine has stopped it.
fn is_final(error: &Error) -> bool {
    matches!(
        error.code(),
        ErrorCode::USER_CANCEL
            | ErrorCode::INVALID_OBJECT
            | ErrorCode::END_OF_SESSION
            | ErrorCode::NETWORK_ERROR
            | ErrorCode::DISK_ERROR
            | ErrorCode::NOT_ENOUGH_DISK
            | ErrorCode::STORE_FULL
            | ErrorCode::CORRUPT_STORE
    )
}

/// Copies what one object holds to another one: `CopyTo` and `CopyProps`.
///
/// # Errors
/// `MAPI_E_NO_ACCESS` onto itself, and for a destination that takes nothing;
/// `MAPI_E_FOLDER_CYCLE`; `MAPI_E_COLLISION` for a folder whose name is taken;
/// `MAPI_E_USER_CANCEL`, and what else ends all.
pub(crate) fn copy(from: &Side, to: &Side, plan: &Plan<'_>, teller: &Teller) -> Result<Outcome> {
    if from.is(to) {
        return Err(Error::new(ErrorCode::NO_ACCESS, "an object cannot be copied to itself"));
    }
    let mut names = Names::default();
    let mut steps = Steps::new(teller, 1)?;
    let outcome = match (from, to) {
        (Side::Message(from), Side::Message(to)) => {
            message::copy(from, to, plan, &mut names, 0, Some(&mut steps))?
        }
        (Side::Attach(from), Side::Attach(to)) => {
            message::copy_attachment(from, to, plan, &mut names, 0)?
        }
        (Side::Folder(from), Side::Folder(to)) => folder::copy_to(from, to, plan, &mut steps)?,
        _ => others(from, to, plan, &mut names)?,
    };
    teller.finish();
    Ok(outcome)
}

/// Between objects of two kinds there are properties alone; what else there is, is told.
fn others(from: &Side, to: &Side, plan: &Plan<'_>, names: &mut Names) -> Result<Outcome> {
    let leave = props::Leave { bare: to.is_bare(), ..props::Leave::OWN };
    let problems = props::copy(from.prop(), to.prop(), plan, names, &leave)?;
    let mut outcome = Outcome { problems, partial: false };
    for part in from.parts()? {
        if plan.what.has(part) {
            outcome.inside(plan, part, ErrorCode::INTERFACE_NOT_SUPPORTED);
        }
    }
    Ok(outcome)
}
