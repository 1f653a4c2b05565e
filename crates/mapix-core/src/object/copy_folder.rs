//! Copying and moving folders, also to another store.

use super::batch::Completion;
use super::computed::{MAPI_FOLDER, is_identity, refuses};
use super::copy::NameMap;
use super::folder::{Contents, DeleteFolder, Folder, FolderKind};
use super::progress::Steps;
use super::property::{HasProperties, whole};
use crate::prop::{PropBag, Value, tags};
use crate::store::Change;
use crate::{Error, ErrorCode, Result};

/// A folder that was copied, and what of it could not be.
#[derive(Debug)]
#[must_use = "something may not have been copied"]
pub struct CopiedFolder {
    /// The copy.
    pub folder: Folder,
    /// What became of the messages and folders in it, and in those below it. The numbers are
    /// those of the source.
    pub completion: Completion,
}

impl Folder {
    /// Copies a folder in this one to another folder, of this store or of another one: its
    /// properties and its messages, normal and associated; with `subfolders` also the folders in
    /// it with all that is in them (`COPY_SUBFOLDERS`). A new name is for the copy.
    ///
    /// Within a store, [`Notice::Copied`](crate::notify::Notice::Copied) tells of each folder and
    /// each message. What cannot be copied is left out and told; search folders are, as what they show is
    /// elsewhere.
    ///
    /// # Errors
    /// `MAPI_E_NOT_FOUND` if the folder is not in this one; `MAPI_E_COLLISION` if there is a
    /// folder of that name; `MAPI_E_FOLDER_CYCLE` into itself; `MAPI_E_NO_SUPPORT` for a search
    /// folder. Nothing is copied then.
    #[doc(alias("IMAPIFolder::CopyFolder", "COPY_SUBFOLDERS"))]
    pub fn copy_folder(
        &self,
        folder: &Self,
        to: &Self,
        name: Option<&str>,
        subfolders: bool,
    ) -> Result<CopiedFolder> {
        self.copy_folder_in_steps(folder, to, name, subfolders, &mut Steps::untold())
    }

    pub(crate) fn copy_folder_in_steps(
        &self,
        folder: &Self,
        to: &Self,
        name: Option<&str>,
        subfolders: bool,
        steps: &mut Steps<'_, '_>,
    ) -> Result<CopiedFolder> {
        if self.logon().enter()?.parent(folder.id())? != Some(self.id()) {
            return Err(Error::not_found("the folder is not in this one"));
        }
        if self.is_same_store(to) && to.is_at_or_below(folder)? {
            return Err(Error::new(
                ErrorCode::FOLDER_CYCLE,
                "a folder cannot be copied into itself",
            ));
        }
        let mut completion = Completion::default();
        let copy = copy_one(folder, to, name, &mut completion)?;
        let mut waiting = vec![(folder.clone(), copy.clone())];
        steps.advance(1);
        while let Some((from, to)) = waiting.pop() {
            for which in [Contents::Normal, Contents::Associated] {
                let mut messages = Vec::new();
                for row in from.message_rows(which, &[])? {
                    match row {
                        Ok(row) => messages.push(row.id),
                        Err(error) => completion.failed.push((0, error)),
                    }
                }
                completion.add(from.take_over(&messages, &to, false, steps)?);
            }
            if !subfolders {
                break;
            }
            let (children, errors) = from.folders()?.into_parts();
            completion.failed.extend(errors.into_iter().map(|error| (0, error)));
            for child in children {
                let copy = match steps.stopped() {
                    Some(stopped) => Err(stopped),
                    None => copy_one(&child, &to, None, &mut completion),
                };
                match copy {
                    Ok(copy) => {
                        completion.done += 1;
                        steps.advance(1);
                        waiting.push((child, copy));
                    }
                    Err(error) => completion.failed.push((child.id(), error)),
                }
            }
        }
        Ok(CopiedFolder { folder: copy, completion })
    }

    /// Moves a folder in this one, with all that is in it, to another folder. In the same store
    /// it keeps its entry ID; to another store it is copied there, and deleted here if nothing of
    /// it was left out.
    #[doc(alias("IMAPIFolder::CopyFolder", "FOLDER_MOVE"))]
    pub fn move_folder(&self, folder: &Self, to: &Self) -> Result<Completion> {
        self.move_folder_in_steps(folder, to, &mut Steps::untold())
    }

    pub(crate) fn move_folder_in_steps(
        &self,
        folder: &Self,
        to: &Self,
        steps: &mut Steps<'_, '_>,
    ) -> Result<Completion> {
        let pass = self.for_change()?;
        if pass.parent(folder.id())? != Some(self.id()) {
            return Err(Error::not_found("the folder is not in this one"));
        }
        if self.is_same_store(to) {
            pass.commit(vec![Change::MoveFolder { folder: folder.id(), to: to.id() }])?;
            steps.advance(1);
            return Ok(Completion { done: 1, failed: Vec::new() });
        }
        let copied = self.copy_folder_in_steps(folder, to, None, true, steps)?;
        if copied.completion.failed.is_empty() {
            self.delete_folder(folder, DeleteFolder { messages: true, folders: true })?;
        }
        Ok(copied.completion)
    }

    fn is_at_or_below(&self, folder: &Self) -> Result<bool> {
        let mut here = Some(self.clone());
        let mut seen = std::collections::HashSet::new();
        while let Some(at) = here.filter(|at| seen.insert(at.id())) {
            if at.id() == folder.id() {
                return Ok(true);
            }
            here = at.parent()?;
        }
        Ok(false)
    }
}

/// Copies a folder without what is in it. A property that cannot be read is left out and told.
fn copy_one(
    folder: &Folder,
    to: &Folder,
    name: Option<&str>,
    completion: &mut Completion,
) -> Result<Folder> {
    if folder.kind()? == FolderKind::Search {
        return Err(Error::no_support("a search folder is not copied"));
    }
    let mut names = NameMap::new(folder.logon(), to.logon());
    let (mut properties, mut failed) = (PropBag::new(), Vec::new());
    for prop in &folder.props()? {
        let own = is_identity(prop.tag) || refuses(MAPI_FOLDER, prop.tag).is_some();
        if own || matches!(prop.value, Value::Object(_)) {
            continue;
        }
        let Some(tag) = names.map(prop.tag)? else { continue };
        match whole(folder, prop) {
            Ok(value) => properties.set(tag, value),
            Err(error) => failed.push((folder.id(), error)),
        }
    }
    let name = match name {
        Some(name) => name.to_owned(),
        None => folder.name()?,
    };
    properties.remove(tags::DISPLAY_NAME.id());
    let copy_of = folder.is_same_store(to).then(|| folder.id());
    let copy = to.create(&name, false, false, properties, copy_of)?;
    completion.failed.extend(failed);
    Ok(copy)
}
