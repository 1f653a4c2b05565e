//! Long copies, and who is told how far they are.

use super::batch::Completion;
use super::folder::{Contents, Folder};
use crate::{Error, ErrorCode, Result};

/// Who is told how far a copy is: how many messages and folders have been treated, and of how many.
/// An error from it ends the copy; what is left is told as failed, with its code.
#[doc(alias = "IMAPIProgress")]
pub type Progress<'a> = dyn FnMut(u64, u64) -> Result<()> + 'a;

/// How many messages are moved in one commit before somebody is told.
const AT_ONCE: usize = 100;

/// How far a copy is.
pub(crate) struct Steps<'a, 'b> {
    done: u64,
    total: u64,
    told: Option<&'a mut Progress<'b>>,
    /// Why no more is to be done.
    stopped: Option<(ErrorCode, String)>,
}

impl<'a, 'b> Steps<'a, 'b> {
    /// Of a copy that tells nobody.
    pub(super) fn untold() -> Self {
        Self { done: 0, total: 0, told: None, stopped: None }
    }

    pub(crate) fn new(total: u64, told: &'a mut Progress<'b>) -> Self {
        Self { done: 0, total, told: Some(told), stopped: None }
    }

    pub(super) fn advance(&mut self, count: u64) {
        self.done += count;
        // What came in meanwhile is copied as well.
        self.total = self.total.max(self.done);
        let told = self.told.as_mut().map_or(Ok(()), |told| told(self.done, self.total));
        if let Err(error) = told {
            self.stopped = Some((error.code(), error.to_string()));
        }
    }

    /// The reason not to go on, if there is one.
    pub(super) fn stopped(&self) -> Option<Error> {
        self.stopped.as_ref().map(|(code, sentence)| Error::new(*code, sentence.clone()))
    }
}

impl Folder {
    /// Copies or moves messages, some at a time. What was done before an error is not forgotten.
    pub(crate) fn take_over(
        &self,
        messages: &[u64],
        to: &Self,
        moved: bool,
        steps: &mut Steps<'_, '_>,
    ) -> Result<Completion> {
        let mut completion = Completion::default();
        for some in messages.chunks(if moved { AT_ONCE } else { 1 }) {
            let result = match steps.stopped() {
                Some(stopped) => Err(stopped),
                None if moved => self.move_messages(some, to),
                None => self.copy_messages(some, to),
            };
            match result {
                Ok(more) => {
                    completion.add(more);
                    steps.advance(some.len() as u64);
                }
                Err(error) if completion.done == 0 && steps.stopped().is_none() => {
                    return Err(error);
                }
                Err(error) => {
                    let same = || Error::new(error.code(), error.to_string());
                    completion.failed.extend(some.iter().map(|id| (*id, same())));
                }
            }
        }
        Ok(completion)
    }

    /// How many messages and folders a copy of this folder has.
    pub(crate) fn copied_count(&self, subfolders: bool) -> Result<u64> {
        let (mut count, mut waiting) = (0, vec![self.clone()]);
        while let Some(folder) = waiting.pop() {
            count += 1;
            for which in [Contents::Normal, Contents::Associated] {
                count += folder.message_rows(which, &[])?.len() as u64;
            }
            if subfolders {
                // Those that cannot be read are told by the copy.
                waiting.extend(folder.folders()?.into_parts().0);
            }
        }
        Ok(count)
    }
}
