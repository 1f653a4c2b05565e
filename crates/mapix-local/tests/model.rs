//! Random commits on the embedded store, beside the model of the memory store.

#[path = "../../mapix-core/tests/memory_model/compare.rs"]
mod compare;
#[path = "../../mapix-core/tests/memory_model/model.rs"]
mod model;
#[path = "../../mapix-core/tests/memory_model/ops.rs"]
mod ops;

use mapix_core::query::PlainOnly;
use mapix_local::{LocalStore, care};
use proptest::collection::vec;
use proptest::prelude::*;

use ops::op;

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        cases: 24,
        ..ProptestConfig::default()
    })]

    #[test]
    fn commits_do_what_the_model_does(commits in vec(vec(op(), 1..6), 1..20)) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("model.mapix");
        let store = LocalStore::create(&path).unwrap();
        let mut model = compare::of(&store);
        compare::step(&store, &mut model, &ops::first());
        for ops in commits {
            compare::step(&store, &mut model, &ops);
        }
        let report = care::check(&path, false, 10, Some(&PlainOnly), &mut || std::ops::ControlFlow::Continue(()));
        prop_assert_eq!(report.unwrap().findings.len(), 0);
    }
}
