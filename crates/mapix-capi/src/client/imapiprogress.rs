//! `IMAPIProgress` of a client: called by operations on many objects.

use mapix::{Completion, Error, ErrorCode, Result};

use crate::arg::{In, Out};
use crate::com::Ptr;
use crate::flags::MAPI_TOP_LEVEL;
use crate::iface::IMAPIProgress;

/// How many objects are treated before the client is told again.
const AT_ONCE: usize = 32;
/// The end of the scale, where the client leaves it to us.
const SCALE: u32 = 1000;

/// Who is told how far a call is, and on which scale.
pub(crate) struct Teller {
    progress: Option<Ptr<IMAPIProgress>>,
    min: u32,
    max: u32,
    top: bool,
}

impl Teller {
    pub(crate) fn new(progress: In<'_, IMAPIProgress>) -> Self {
        let progress = progress.object();
        let (mut flags, mut min, mut max) = (0, 0, SCALE);
        if let Some(progress) = &progress {
            // SAFETY: the arguments are good; what is not answered stays as it is.
            unsafe {
                progress.GetFlags(Out::new(&mut flags));
                if flags & MAPI_TOP_LEVEL == 0 {
                    progress.GetMin(Out::new(&mut min));
                    progress.GetMax(Out::new(&mut max));
                } else {
                    progress.SetLimits(In::new(&min), In::new(&max), In::new(&flags));
                }
            }
        }
        Self { progress, min, max: max.max(min), top: flags & MAPI_TOP_LEVEL != 0 }
    }

    /// Says that `done` of `total` are treated.
    ///
    /// # Errors
    /// `MAPI_E_USER_CANCEL` if the client wants no more. That it cannot show how far things are is
    /// no reason to stop.
    pub(crate) fn tell(&self, done: usize, total: usize) -> Result<()> {
        let Some(progress) = &self.progress else { return Ok(()) };
        let span = u64::from(self.max - self.min);
        let value = self.min + (span * done as u64 / total.max(1) as u64) as u32;
        let (count, all) = if self.top { (done as u32, total as u32) } else { (0, 0) };
        // SAFETY: numbers only.
        let result = unsafe { progress.Progress(value, count, all) };
        if result.code() != ErrorCode::USER_CANCEL {
            return Ok(());
        }
        Err(Error::new(ErrorCode::USER_CANCEL, "the client stopped the operation"))
    }

    /// Says that all is done: too late to be stopped.
    pub(crate) fn finish(&self) {
        let _ = self.tell(1, 1);
    }

    /// Treats objects, some at a time. What was done before the client stopped it stays done; what
    /// was not is told as failed.
    pub(super) fn each(
        &self,
        objects: &[u64],
        mut treat: impl FnMut(&[u64]) -> Result<Completion>,
    ) -> Result<Completion> {
        let chunk = if self.progress.is_some() { AT_ONCE } else { objects.len().max(1) };
        let mut all = Completion::default();
        for (index, some) in objects.chunks(chunk).enumerate() {
            let done = treat(some)?;
            all.done += done.done;
            all.failed.extend(done.failed);
            let treated = (index * chunk + some.len()).min(objects.len());
            if let Err(error) = self.tell(treated, objects.len())
                && treated < objects.len()
            {
                return Err(error);
            }
        }
        Ok(all)
    }
}
