//! Sessions, stores, handles and logoffs in any order, with providers that fail, beside a simple
//! model: what is open answers, what has ended says so, and at the end each logon and each
//! provider object has ended once.

use std::sync::Arc;

use mapix_core::{Error, ErrorCode, Folder, LogoffFlags, OpenOptions, Session, Store};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::fake::{World, code};

#[derive(Clone, Debug)]
enum Op {
    LogOn,
    LogOff(usize),
    Open {
        session: usize,
        name: u8,
    },
    /// A second handle: the root folder.
    Hold(usize),
    Drop(usize),
    Flags(usize),
    Close(usize),
    /// What the next provider calls do: nothing, fail, panic.
    Logons(u8),
    Logoffs(u8),
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        2 => Just(Op::LogOn),
        1 => any::<usize>().prop_map(Op::LogOff),
        6 => (any::<usize>(), 0..3_u8).prop_map(|(session, name)| Op::Open { session, name }),
        4 => any::<usize>().prop_map(Op::Hold),
        5 => any::<usize>().prop_map(Op::Drop),
        1 => any::<usize>().prop_map(Op::Flags),
        1 => any::<usize>().prop_map(Op::Close),
        1 => (0..3_u8).prop_map(Op::Logons),
        1 => (0..3_u8).prop_map(Op::Logoffs),
    ]
}

enum Handle {
    Store(Store),
    Folder(Folder),
}

/// What the model knows.
#[derive(Default)]
struct Model {
    sessions: Vec<(usize, Session)>,
    made: usize,
    /// Each with the number of its logon.
    handles: Vec<(usize, Handle)>,
    /// Session, name, and whether it is open.
    logons: Vec<(usize, u8, bool)>,
}

impl Model {
    fn open_logon(&self, session: usize, name: u8) -> Option<usize> {
        self.logons.iter().position(|logon| *logon == (session, name, true))
    }

    /// A logon whose last handle has gone has ended.
    fn settle(&mut self) {
        for (number, logon) in self.logons.iter_mut().enumerate() {
            logon.2 &= self.handles.iter().any(|(of, _)| *of == number);
        }
    }

    fn check(&self) -> Result<(), TestCaseError> {
        for (logon, handle) in &self.handles {
            let result = match handle {
                Handle::Store(store) => store.root().map(drop),
                Handle::Folder(folder) => folder.props().map(drop),
            };
            if self.logons[*logon].2 {
                prop_assert!(result.is_ok(), "{:?}", result);
            } else {
                prop_assert_eq!(code(result), ErrorCode::INVALID_OBJECT);
            }
        }
        Ok(())
    }
}

/// Sets what a provider does.
fn behave(how: u8) -> Option<Arc<dyn Fn() -> mapix_core::Result<()> + Send + Sync>> {
    match how {
        0 => None,
        1 => Some(Arc::new(|| Err(Error::new(ErrorCode::NETWORK_ERROR, "the line is dead")))),
        _ => Some(Arc::new(|| std::panic::resume_unwind(Box::new("a panic without a message")))),
    }
}

fn step(world: &World, model: &mut Model, op: &Op) -> Result<(), TestCaseError> {
    match op {
        Op::LogOn if model.sessions.len() < 4 => {
            model.made += 1;
            model.sessions.push((model.made, world.mapi.session()));
        }
        Op::LogOff(which) if !model.sessions.is_empty() => {
            let (number, session) = model.sessions.swap_remove(which % model.sessions.len());
            let open = model.logons.iter().filter(|logon| logon.0 == number && logon.2).count();
            prop_assert_eq!(session.logoff().len(), open, "a report for each that was open");
            model.logons.iter_mut().filter(|logon| logon.0 == number).for_each(|l| l.2 = false);
        }
        Op::Open { session, name } if !model.sessions.is_empty() => {
            let (number, session) = &model.sessions[session % model.sessions.len()];
            let result =
                session.open_store(format!("fake:{number}-{name}"), &OpenOptions::default());
            let open = model.open_logon(*number, *name);
            let fails = open.is_none() && world.fake.in_logon.lock().unwrap().is_some();
            prop_assert_eq!(result.is_err(), fails, "{:?}", result);
            if let Ok(store) = result {
                let logon = open.unwrap_or_else(|| {
                    model.logons.push((*number, *name, true));
                    model.logons.len() - 1
                });
                model.handles.push((logon, Handle::Store(store)));
            }
        }
        Op::Hold(which) if !model.handles.is_empty() => {
            let (logon, handle) = &model.handles[which % model.handles.len()];
            if let (Handle::Store(store), true) = (handle, model.logons[*logon].2) {
                let root = store.root().unwrap();
                model.handles.push((*logon, Handle::Folder(root)));
            }
        }
        Op::Drop(which) if !model.handles.is_empty() => {
            drop(model.handles.swap_remove(which % model.handles.len()));
            model.settle();
        }
        Op::Flags(which) | Op::Close(which) if !model.handles.is_empty() => {
            let (logon, handle) = &model.handles[which % model.handles.len()];
            let Handle::Store(store) = handle else { return Ok(()) };
            let open = model.logons[*logon].2;
            if matches!(op, Op::Flags(_)) {
                prop_assert_eq!(store.store_logoff(LogoffFlags::ORDERLY).is_ok(), open);
            } else {
                let fails = open && world.fake.in_logoff.lock().unwrap().is_some();
                prop_assert_eq!(store.logoff().result.is_err(), fails);
                model.logons[*logon].2 = false;
            }
        }
        Op::Logons(how) => *world.fake.in_logon.lock().unwrap() = behave(*how),
        Op::Logoffs(how) => {
            *world.fake.in_logoff.lock().unwrap() = behave(*how);
            *world.fake.in_shutdown.lock().unwrap() = behave(*how);
        }
        _ => {}
    }
    model.check()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_each_logon_ends_once(ops in vec(op(), 1..60)) {
        let world = World::new();
        let mut model = Model::default();
        for op in &ops {
            step(&world, &mut model, op)?;
        }
        // The end comes in the order that nobody would choose: sessions first, then handles.
        drop((model.sessions, model.handles));
        let log = world.fake.log();
        let count = |prefix: &str| log.iter().filter(|line| line.starts_with(prefix)).count();
        let logons = model.logons.len();
        prop_assert_eq!(count("logon ") - count("logon released "), logons);
        prop_assert_eq!((count("logoff "), count("logon released ")), (logons, logons));
        let providers = count("provider ") - count("provider released");
        prop_assert_eq!((count("shutdown"), count("provider released")), (providers, providers));
        prop_assert!(world.fake.stores.lock().unwrap().is_empty());
    }
}
