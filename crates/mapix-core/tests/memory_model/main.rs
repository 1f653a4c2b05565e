//! Random commits on the memory store, beside a model that is too simple to be wrong. Other stores
//! run the same.

mod compare;
mod model;
mod ops;

use mapix_core::store::MemoryStore;
use proptest::collection::vec;
use proptest::prelude::*;

use ops::op;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn commits_do_what_the_model_does(commits in vec(vec(op(), 1..6), 1..20)) {
        let store = MemoryStore::new("model");
        let mut model = compare::of(&store);
        // Something to change, to move and to delete.
        compare::step(&store, &mut model, &ops::first());
        for ops in commits {
            compare::step(&store, &mut model, &ops);
        }
    }
}
