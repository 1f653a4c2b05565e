//! One table, several threads.

use std::sync::Mutex;
use std::thread;

use super::fake::{Fake, ids};

#[test]
fn each_row_is_read_once_by_somebody() {
    let subjects = vec!["x"; 200];
    let table = Fake::subjects(&subjects).table();
    let seen = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let rows = table.query_rows(3, false).unwrap();
                    if rows.is_empty() {
                        break;
                    }
                    seen.lock().unwrap().extend(ids(&rows));
                }
            });
        }
    });
    let mut seen = seen.into_inner().unwrap();
    seen.sort_unstable();
    assert_eq!(seen, (1..=200).collect::<Vec<u64>>());
}
