//! Folders: messages and folders from one into another.

use mapix::prop::{PropTag, tags};
use mapix::{Completion, Context, EntryId, ErrorCode, Result};

use super::names::Names;
use super::props::{self, Leave};
use super::tree::{self, NORMAL, Tree, open_folder, open_message};
use super::{Outcome, Plan, Steps, What, is_final, message, side};
use crate::arg::In;
use crate::client::Teller;
use crate::com::Ptr;
use crate::flags::{GENERATE_RECEIPT_ONLY, MAPI_ASSOCIATED};
use crate::iface::{IMAPIFolder, IMessage};
use crate::import::change::{
    delete_folder, delete_message, make_folder, new_message, set_read, with_list,
};
use crate::import::fill::save;
use crate::import::objects::number_of;

const MSGFLAG_READ: i32 = 1;

/// The messages in a folder, by the property that stands for them and the flags of their table.
const PARTS: [(PropTag, u32); 2] =
    [(tags::CONTAINER_CONTENTS, NORMAL), (tags::FOLDER_ASSOCIATED_CONTENTS, MAPI_ASSOCIATED)];

/// Copies messages of one folder to another one, or moves them. Each is copied whole or not at all,
/// and is deleted in the source when the copy was saved.
///
/// # Errors
/// `MAPI_E_USER_CANCEL`; `MAPI_E_NO_ACCESS` of a destination that takes no messages, and what else
/// ends all. What was copied before stays.
pub(crate) fn copy_messages(
    from: &Ptr<IMAPIFolder>,
    ids: Vec<EntryId>,
    to: &Ptr<IMAPIFolder>,
    remove: bool,
    teller: &Teller,
) -> Result<Completion> {
    if remove && side::is_same(from, to) {
        // They are where they shall be.
        return Ok(Completion::default());
    }
    let mut work = Work::new(remove, Steps::new(teller, ids.len())?);
    report_read(from, &ids, to);
    work.messages(from, ids.into_iter().map(Ok).collect(), to)?;
    teller.finish();
    Ok(work.done)
}

/// What `CopyFolder` is asked for.
pub(crate) struct FolderCopy<'a> {
    /// The folder in which it is, and its entry ID.
    pub(crate) parent: &'a Ptr<IMAPIFolder>,
    pub(crate) id: EntryId,
    pub(crate) to: &'a Ptr<IMAPIFolder>,
    pub(crate) name: Option<String>,
    /// The folders in it as well (`COPY_SUBFOLDERS`).
    pub(crate) deep: bool,
    /// Moves it with all that is in it (`FOLDER_MOVE`).
    pub(crate) remove: bool,
}

/// Copies a folder, or moves it: it is deleted in the source if nothing of it was left out.
///
/// # Errors
/// As [`copy_messages`]; `MAPI_E_FOLDER_CYCLE` into itself, `MAPI_E_COLLISION` if the name is
/// taken, `MAPI_E_NO_SUPPORT` for a search folder: nothing is copied then.
pub(crate) fn copy_folder(copy: FolderCopy<'_>, teller: &Teller) -> Result<Completion> {
    let FolderCopy { parent, id, to, name, deep, remove } = copy;
    let tree = Tree::of(parent, id, deep || remove, to)?;
    // Messages are not deleted one by one: the folder is, in the end.
    let mut work = Work::new(false, Steps::new(teller, tree.count())?);
    let id = tree.id.clone();
    work.folder(parent, tree, to, name.as_deref())?;
    if remove && work.done.failed.is_empty() {
        delete_folder(parent, &id).context(|| "after it was copied")?;
    }
    teller.finish();
    Ok(work.done)
}

/// `CopyTo` and `CopyProps` of folders.
pub(super) fn copy_to(
    from: &Ptr<IMAPIFolder>,
    to: &Ptr<IMAPIFolder>,
    plan: &Plan<'_>,
    steps: &mut Steps<'_>,
) -> Result<Outcome> {
    let below = match plan.what.has(tags::CONTAINER_HIERARCHY) {
        true => Tree::below(from, to)?,
        false => Vec::new(),
    };
    steps.expect(below.iter().flatten().map(Tree::count).sum());
    // A folder without a name would be of no use to anybody.
    let leave = Leave { keeps: &[tags::DISPLAY_NAME], ..Leave::OWN };
    let problems = props::copy(from, to, plan, &mut Names::default(), &leave)?;
    let mut outcome = Outcome { problems, partial: false };
    let mut work = Work::new(plan.remove, Steps { teller: steps.teller, ..*steps });
    for (part, flags) in PARTS {
        if plan.what.has(part) {
            let ids = tree::contents(from, flags)?;
            work.steps.expect(ids.len());
            work.messages(from, ids, to)?;
            work.tell(plan, part, &mut outcome);
        }
    }
    for tree in below {
        match work.child(from, tree, to, plan.remove) {
            Err(error) if error.code() == ErrorCode::COLLISION => return Err(error),
            done => work.attempt(done)?,
        }
        work.tell(plan, tags::CONTAINER_HIERARCHY, &mut outcome);
    }
    Ok(outcome)
}

/// A copy of several objects, on its way.
struct Work<'a> {
    /// Messages are deleted in the source.
    remove: bool,
    names: Names,
    steps: Steps<'a>,
    done: Completion,
    /// The destination takes no messages at all.
    denied: bool,
}

impl<'a> Work<'a> {
    fn new(remove: bool, steps: Steps<'a>) -> Self {
        Self { remove, names: Names::default(), steps, done: Completion::default(), denied: false }
    }

    /// Messages, each whole or not at all. One that cannot be copied does not stop the others.
    fn messages(
        &mut self,
        from: &Ptr<IMAPIFolder>,
        ids: Vec<Result<EntryId>>,
        to: &Ptr<IMAPIFolder>,
    ) -> Result<()> {
        for id in ids {
            let done = id.and_then(|id| self.message(from, &id, to));
            self.done.done += u64::from(done.is_ok());
            self.attempt(done)?;
            self.steps.advance()?;
        }
        Ok(())
    }

    fn message(
        &mut self,
        from: &Ptr<IMAPIFolder>,
        id: &EntryId,
        to: &Ptr<IMAPIFolder>,
    ) -> Result<()> {
        let source = open_message(from, id)?;
        let flags = number_of(&source, tags::MESSAGE_FLAGS)?.unwrap_or(0);
        let copy = new_message(to, flags & MAPI_ASSOCIATED as i32 != 0);
        self.denied = copy.as_ref().is_err_and(|error| error.code() == ErrorCode::NO_ACCESS);
        let copy = copy?;
        // The status is the folder's, and stays there.
        let what = What::AllBut(vec![tags::MSG_STATUS]);
        let plan = Plan { what: &what, replace: true, remove: false };
        let copied = message::copy(&source, &copy, &plan, &mut self.names, 0, None)?;
        message::complete(&copied)?;
        save(&copy, 0)?;
        same_state(&copy, flags & MSGFLAG_READ != 0)?;
        if self.remove {
            drop(source);
            delete_message(from, id).context(|| "after it was copied")?;
        }
        Ok(())
    }

    /// A folder, with what is in it.
    fn folder(
        &mut self,
        parent: &Ptr<IMAPIFolder>,
        tree: Tree,
        to: &Ptr<IMAPIFolder>,
        name: Option<&str>,
    ) -> Result<()> {
        let from = open_folder(parent, &tree.id)?;
        let copy = make_folder(to, name.unwrap_or(&tree.name))?;
        let what = What::AllBut(vec![tags::DISPLAY_NAME]);
        let plan = Plan { what: &what, replace: true, remove: false };
        let told = props::copy(&from, &copy, &plan, &mut self.names, &Leave::OWN)
            .and_then(|problems| message::complete(&Outcome { problems, partial: false }))
            .and_then(|()| save(&copy, 0));
        self.done.done += u64::from(told.is_ok());
        self.attempt(told.context(|| "a folder that was made"))?;
        self.steps.advance()?;
        for (_, flags) in PARTS {
            let ids = tree::contents(&from, flags);
            let done = ids.and_then(|ids| self.messages(&from, ids, &copy));
            self.attempt(done)?;
        }
        for tree in tree.below {
            let done = self.child(&from, tree, &copy, false);
            self.attempt(done)?;
        }
        Ok(())
    }

    /// A folder in one that is copied.
    fn child(
        &mut self,
        parent: &Ptr<IMAPIFolder>,
        tree: Result<Tree>,
        to: &Ptr<IMAPIFolder>,
        remove: bool,
    ) -> Result<()> {
        let tree = tree?;
        let (id, before) = (tree.id.clone(), self.done.failed.len());
        // Messages are not deleted one by one: the folder is, in the end.
        let deleting = std::mem::replace(&mut self.remove, false);
        let done = self.folder(parent, tree, to, None);
        self.remove = deleting;
        done?;
        if remove && self.done.failed.len() == before {
            delete_folder(parent, &id).context(|| "after it was copied")?;
        }
        Ok(())
    }

    /// What fails does not stop what can still be done.
    fn attempt(&mut self, done: Result<()>) -> Result<()> {
        match done {
            Err(error) if self.denied || is_final(&error) => Err(error),
            Err(error) => {
                self.done.failed.push((0, error));
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    /// Tells what failed up to now as problems of a part of the folder.
    fn tell(&mut self, plan: &Plan<'_>, part: PropTag, outcome: &mut Outcome) {
        for (_, error) in std::mem::take(&mut self.done.failed) {
            outcome.inside(plan, part, error.code());
        }
    }
}

/// Has the source report that these messages are read, as whoever copies to another store is to do.
/// A store that makes no reports may say so.
fn report_read(from: &Ptr<IMAPIFolder>, ids: &[EntryId], to: &Ptr<IMAPIFolder>) {
    if ids.is_empty() || side::is_same_store(from, to) {
        return;
    }
    // SAFETY: the folder is alive, and the list as it says.
    let _ = with_list(ids, |list| unsafe {
        from.SetReadFlags(list, 0, In::null(), GENERATE_RECEIPT_ONLY)
    });
}

/// A message that was saved is read or not, as its source: where that could not be set with it.
fn same_state(message: &Ptr<IMessage>, read: bool) -> Result<()> {
    let flags = number_of(message, tags::MESSAGE_FLAGS)?.unwrap_or(0);
    if (flags & MSGFLAG_READ != 0) == read {
        return Ok(());
    }
    set_read(message, read)
}
