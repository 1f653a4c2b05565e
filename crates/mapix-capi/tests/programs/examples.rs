//! The examples in C and C++ are built against the headers and run against the library.

use std::path::{Path, PathBuf};

use mapix::profile::{Profiles, Setting};

use crate::build::{C, CPP, Language, built, checked, compile, directory, run};

/// An example, built in a directory of its own, where its profiles are too.
struct Example {
    here: PathBuf,
    program: PathBuf,
}

impl Example {
    fn new(language: &Language, source: &str) -> Self {
        let here = directory(&format!("{}-example", language.folder));
        let program = here.join("client");
        let source = Path::new("../../examples").join(language.folder).join(source);
        compile(language, &source, &program, &["-lmapi"]);
        let link = here.join("libmapi.so.0");
        std::os::unix::fs::symlink(built().join("libmapi.so"), &link).unwrap();
        Self { here, program }
    }

    fn store(&self) -> String {
        self.here.join("mail.mapix").into_os_string().into_string().unwrap()
    }

    fn config(&self) -> PathBuf {
        self.here.join("config")
    }

    /// Runs the program and gives what it printed.
    fn call(&self, arguments: &[&str]) -> String {
        let mut command = checked(&self.program);
        command.args(arguments).env("MAPIX_CONFIG_DIR", self.config());
        command.env("LD_LIBRARY_PATH", &self.here);
        String::from_utf8(run(&mut command).stdout).unwrap()
    }
}

#[test]
fn the_c_client_logs_on_lists_reads_writes_and_logs_off() {
    let client = Example::new(&C, "client.c");
    let said = client.call(&["example", &client.store()]);
    let first = "1 Hello\n2 World\nThe first message.\n1 Hello !\n2 World\nlogged off\n";
    assert_eq!(said, first);
    // What was set is there the next time.
    let said = client.call(&["example"]);
    let second = "1 Hello !\n2 World\nThe first message.\n1 Hello !\n2 World\nlogged off\n";
    assert_eq!(said, second);
}

#[test]
fn the_cpp_client_is_told_of_what_it_does() {
    let client = Example::new(&CPP, "client.cpp");
    let profiles = Profiles::at(client.config());
    profiles.create("example").unwrap();
    let path = ("path".to_owned(), Setting::Text(client.store()));
    profiles
        .change("example", |profile| {
            let mail = profile.add_service("MAPIX", "Mail", [path])?;
            mapix::initialize().create_store(profile.service(mail)?)?;
            profile.set_default_store(Some(profile.service(mail)?.providers[0].uid))
        })
        .unwrap();
    let said = client.call(&["example"]);
    let expected = "logged on\n\
        told of a new message: Report of April\n\
        told of a new message: Lunch at the café\n\
        told of a new message: May\n\
        told of a change, it is now: Report of May 🌼\n\
        2 of 3 messages:\n  Report of May 🌼\n  Report of April\n\
        logged off\n";
    assert_eq!(said, expected);
}
