//! What the search folders of the target find.

use super::Transfer;
use super::feed::FeedFolder;
use super::pack::ends_all;
use crate::Result;
use crate::ledger::{Kind, Ledger};
use crate::store::{Change, SearchCriteria};

/// Tells the search folders what they find, when all messages are there. One that was told before
/// stays as it is.
///
/// # Errors
/// Those after which nothing else can be stored either.
pub(super) fn tell(
    transfer: &Transfer,
    folders: &[FeedFolder],
    places: &[u64],
    ledger: &mut Ledger,
) -> Result<()> {
    for (folder, place) in folders.iter().zip(places) {
        let Some(search) = &folder.search else { continue };
        let criteria = SearchCriteria {
            restriction: search.restriction.clone(),
            folders: search.folders.iter().filter_map(|at| places.get(*at).copied()).collect(),
            deep: search.deep,
            live: search.live,
        };
        let (id, path) = (folder.entry_id.clone(), folder.path.clone());
        match tell_one(transfer, *place, criteria) {
            Ok(true) => ledger.done(Kind::SearchFolder, id, path),
            Ok(false) => {
                let reason = "the store has a search folder of that name, which finds other things";
                ledger.skipped(Kind::SearchFolder, id, path, reason);
            }
            Err(error) if ends_all(&error) => return Err(error),
            Err(error) => ledger.failed(Kind::SearchFolder, id, path, error),
        }
    }
    Ok(())
}

/// Gives whether it finds that now.
fn tell_one(transfer: &Transfer, folder: u64, criteria: SearchCriteria) -> Result<bool> {
    if transfer.dry_run {
        return Ok(true);
    }
    let pass = transfer.target.logon().enter()?;
    if let Some(there) = pass.search_criteria(folder)? {
        return Ok(there == criteria);
    }
    pass.commit(vec![Change::SetSearch { folder, criteria: Some(criteria) }])?;
    Ok(true)
}
