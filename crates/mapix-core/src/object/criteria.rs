//! Search folders, as clients see them (lifecycle rules, section 20).

use super::folder::Folder;
use super::property::HasProperties;
use crate::prop::PropBag;
use crate::restriction::Restriction;
use crate::store::{Capability, Change, SearchCriteria};
use crate::{Error, ErrorCode, Result};

/// What a search folder shall find: see [`Folder::set_search_criteria`].
#[derive(Clone, Default, Debug)]
pub struct SearchSettings {
    /// What messages must fit; `None` for what was last said.
    pub restriction: Option<Restriction>,
    /// In which folders; `None` for those that were last said.
    pub folders: Option<Vec<Folder>>,
    /// Also in all folders below them (`RECURSIVE_SEARCH`), or not (`SHALLOW_SEARCH`).
    pub deep: bool,
    /// How long.
    pub run: SearchRun,
}

/// How long a search goes on.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
#[non_exhaustive]
pub enum SearchRun {
    /// It follows every change of the store.
    #[default]
    #[doc(alias = "RESTART_SEARCH")]
    Live,
    /// It finds what is there now.
    #[doc(alias = "STATIC_SEARCH")]
    Once,
    /// It stops where it stands: what was found stays, what is last said holds.
    #[doc(alias = "STOP_SEARCH")]
    Stop,
}

/// What a search folder finds.
#[derive(Clone, Debug)]
pub struct SearchState {
    /// What messages must fit.
    pub restriction: Restriction,
    /// In which folders; those that are deleted are left out.
    pub folders: Vec<Folder>,
    /// Whether also in all folders below them (`SEARCH_RECURSIVE`).
    pub deep: bool,
    /// Whether it follows the changes of the store (`SEARCH_RUNNING`).
    pub running: bool,
}

impl SearchState {
    /// The state as MAPI's bits: `SEARCH_RUNNING`, `SEARCH_RECURSIVE`. Searches are never being
    /// built: a call returns when they are.
    pub fn bits(&self) -> u32 {
        u32::from(self.running) | u32::from(self.deep) << 2
    }
}

impl Folder {
    /// Makes a search folder in this one. It finds nothing until it is told what.
    ///
    /// # Errors
    /// Those of [`Folder::create_folder`]; `MAPI_E_NO_SUPPORT` if the store does not search by
    /// itself.
    #[doc(alias("IMAPIFolder::CreateFolder", "FOLDER_SEARCH"))]
    pub fn create_search_folder(&self, name: &str, open_if_exists: bool) -> Result<Self> {
        self.searching()?;
        self.create(name, true, open_if_exists, PropBag::new(), None)
    }

    /// Says what this search folder finds. When the call returns, it is found.
    ///
    /// # Errors
    /// `MAPI_E_NO_SUPPORT` if this is not a search folder, if one of the folders is one, or if the
    /// store does not search by itself; `MAPI_E_NOT_INITIALIZED` if something is left to what was
    /// last said, but nothing was; `MAPI_E_TOO_COMPLEX` if the restriction cannot be evaluated.
    /// What was found before then stays.
    #[doc(alias = "IMAPIContainer::SetSearchCriteria")]
    pub fn set_search_criteria(&self, settings: SearchSettings) -> Result<()> {
        let pass = self.for_change()?;
        self.searching()?;
        let old = pass.search_criteria(self.id())?;
        for folder in settings.folders.iter().flatten() {
            self.same_store(folder)?;
        }
        let folders = settings.folders.map(|folders| folders.iter().map(Self::id).collect());
        let stop = settings.run == SearchRun::Stop;
        if let Some(old) = old.as_ref().filter(|_| stop) {
            if !old.live {
                return Ok(());
            }
            // Live: what is found now is what is shown.
            let criteria = Some(SearchCriteria { live: false, ..old.clone() });
            pass.commit(vec![Change::SetSearch { folder: self.id(), criteria }])?;
            return Ok(());
        }
        let last = || old.clone().ok_or_else(not_initialized);
        let criteria = SearchCriteria {
            restriction: match settings.restriction {
                Some(restriction) => restriction,
                None => last()?.restriction,
            },
            folders: match folders {
                Some(folders) => folders,
                None => last()?.folders,
            },
            deep: settings.deep,
            live: settings.run == SearchRun::Live,
        };
        let criteria = Some(criteria);
        pass.commit(vec![Change::SetSearch { folder: self.id(), criteria }])?;
        Ok(())
    }

    /// What this search folder finds.
    ///
    /// # Errors
    /// `MAPI_E_NOT_INITIALIZED` if it was never told, or is not a search folder.
    #[doc(alias = "IMAPIContainer::GetSearchCriteria")]
    pub fn search_criteria(&self) -> Result<SearchState> {
        let criteria = self.logon().enter()?.search_criteria(self.id())?;
        let criteria = criteria.ok_or_else(not_initialized)?;
        let mut folders = Vec::with_capacity(criteria.folders.len());
        for id in criteria.folders {
            match Self::open(self.logon(), id) {
                Ok(folder) => folders.push(folder),
                Err(error) if error.code() == ErrorCode::NOT_FOUND => {}
                Err(error) => return Err(error),
            }
        }
        let (restriction, deep) = (criteria.restriction, criteria.deep);
        Ok(SearchState { restriction, folders, deep, running: criteria.live })
    }

    fn searching(&self) -> Result<()> {
        if self.logon().info().capability.has(Capability::SEARCH) {
            return Ok(());
        }
        Err(Error::no_support("the store does not search by itself"))
    }
}

fn not_initialized() -> Error {
    Error::new(ErrorCode::NOT_INITIALIZED, "the folder was never told what to find")
}
