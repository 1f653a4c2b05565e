//! `mapix backup`: a store is copied while it is in use.

use std::ops::ControlFlow;
use std::path::Path;

use mapix::{ErrorCode, care};

use crate::args::{Backup, Global};
use crate::exit::{Exit, Failure, Outcome};
use crate::progress::Progress;
use crate::{in_profile, interrupt};

pub(crate) fn run(args: &Backup, global: &Global) -> Outcome {
    let file = in_profile::file(&args.file)?;
    store_only(&file)?;
    if args.out.exists() {
        let out = args.out.display();
        return Err(Failure::usage(format!("{out} is there already, and is not overwritten")));
    }
    let mut progress = None;
    let mut before = 0;
    let result = care::backup(&file, &args.out, &mut |done, total| {
        let bar = progress.get_or_insert_with(|| Progress::new(global, "pages", total));
        bar.add(done.saturating_sub(before));
        before = done;
        if interrupt::requested() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    drop(progress);
    match result {
        Err(error) if error.code() == ErrorCode::CANCEL => Err(Failure::Interrupted),
        Err(error) if error.code() == ErrorCode::COLLISION => {
            Err(Failure::usage(error.to_string()))
        }
        result => Ok(result.map(|()| Exit::Done)?),
    }
}

/// Refuses files that are no embedded stores.
pub(super) fn store_only(file: &Path) -> Outcome<()> {
    if care::is_store(file)? {
        return Ok(());
    }
    Err(Failure::usage(format!("{} is no mapix store (.mapix)", file.display())))
}
