//! Our stores in a MAPI of somebody else, with allocators of its own.

use std::path::Path;

use mapix::prop::tags;
use mapix::{Contents, OpenOptions};

use crate::build::{CPP, built, checked, compile, directory, run};

#[test]
fn a_mapi_of_somebody_else_loads_our_stores_and_gets_all_its_memory_back() {
    let here = directory("host");
    let program = here.join("host");
    compile(&CPP, Path::new("tests/programs/host.cpp"), &program, &["-ldl"]);
    let place = here.join("mail.mapix");
    let session = mapix::initialize().session();
    let options = OpenOptions { write: true, create: true, ..OpenOptions::default() };
    session.open_store(&place, &options).unwrap();
    assert!(session.logoff().into_iter().all(|report| report.result.is_ok()));

    let output = run(checked(&program).arg(built().join("libmapi.so")).arg(&place));
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(said, "nothing is left of what was given\n");

    // What it has saved is in the store.
    let session = mapix::initialize().session();
    let store = session.open_store(&place, &OpenOptions::default()).unwrap();
    let letters = store.root().unwrap().folder("Letters").unwrap();
    let message = letters.messages(Contents::Normal).unwrap().next().unwrap().unwrap();
    let subject = message.text(tags::SUBJECT).unwrap().unwrap();
    assert_eq!(subject, "From a MAPI of somebody else");
}
