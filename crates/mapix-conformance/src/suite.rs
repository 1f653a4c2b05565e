//! Running the cases.

use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Completion, Trial};

use crate::{Case, Subject, cases};

/// Runs the whole suite on one kind of store, with the arguments of `cargo test`.
pub fn run(name: &str, subject: impl Subject) -> ExitCode {
    Suite::new().add(name, subject).run()
}

/// The cases for one or several kinds of stores.
#[derive(Default)]
pub struct Suite {
    trials: Vec<Trial>,
}

impl Suite {
    /// Nothing to run yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds all cases for a kind of store. Those that it cannot run are ignored, and the reason
    /// stands in brackets before their name.
    pub fn add(self, name: &str, subject: impl Subject) -> Self {
        self.add_except(name, subject, &[])
    }

    /// As [`add`](Self::add), for a kind of store that cannot keep everything: these cases are
    /// ignored, each with its reason.
    pub fn add_except(
        mut self,
        name: &str,
        subject: impl Subject,
        except: &[(&str, &str)],
    ) -> Self {
        for (case, _) in except {
            assert!(cases().any(|known| known.name == *case), "there is no case `{case}`");
        }
        let subject: Arc<dyn Subject> = Arc::new(subject);
        match subject.open() {
            Ok(store) => {
                let capability = store.info().capability;
                let trial = |case: &Case| {
                    let excepted = except.iter().find(|(name, _)| *name == case.name);
                    let excepted = excepted.map(|(_, reason)| (*reason).to_owned());
                    let reason = case.needs.unmet(capability).or(excepted);
                    self::trial(name, *case, &subject, reason)
                };
                self.trials.extend(cases().map(trial));
            }
            Err(error) => {
                let fail = move || Err(format!("the store does not open: {error}").into());
                self.trials.push(Trial::test(format!("{name}::open"), fail));
            }
        }
        self
    }

    /// Runs what was added.
    pub fn run(self) -> ExitCode {
        libtest_mimic::run(&Arguments::from_args(), self.trials).exit_code()
    }
}

fn trial(name: &str, case: Case, subject: &Arc<dyn Subject>, ignored: Option<String>) -> Trial {
    let subject = Arc::clone(subject);
    let name = format!("{name}::{}::{}", case.group, case.name);
    match ignored {
        // Also with `--include-ignored`: the store cannot do it.
        Some(reason) => {
            let kind = reason.clone();
            Trial::ignorable_test(name, move || Ok(Completion::ignored_with(reason)))
                .with_kind(kind)
                .with_ignored_flag(true)
        }
        None => Trial::test(name, move || (case.run)(subject.as_ref())),
    }
}
