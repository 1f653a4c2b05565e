//! The examples in C and C++ are built against the headers and run against the library.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use mapix::profile::{Profiles, Setting};

/// Where Cargo put the library for the tests.
fn built() -> PathBuf {
    env::current_exe().unwrap().parent().unwrap().to_owned()
}

/// An empty directory for a test.
fn directory(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).unwrap();
    path
}

fn run(command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {}\n{said}{complained}", output.status);
    output
}

/// A language of the examples: its folder, the compiler for it, and which of its standards.
struct Language {
    folder: &'static str,
    compiler: (&'static str, &'static str),
    standard: &'static str,
}

const C: Language = Language { folder: "c", compiler: ("CC", "cc"), standard: "-std=c99" };
const CPP: Language = Language { folder: "cpp", compiler: ("CXX", "c++"), standard: "-std=c++17" };

fn compile(language: &Language, source: &str, program: &Path) {
    let crate_directory = Path::new(env!("CARGO_MANIFEST_DIR"));
    let source = crate_directory.join("../../examples").join(language.folder).join(source);
    let (variable, name) = language.compiler;
    let compiler = env::var(variable).unwrap_or_else(|_| name.to_owned());
    run(Command::new(compiler)
        .args([language.standard, "-g", "-Wall", "-Wextra", "-Werror", "-fshort-wchar"])
        .arg("-I")
        .arg(crate_directory.join("include"))
        .arg(source)
        .arg("-o")
        .arg(program)
        .arg("-L")
        .arg(built())
        .arg("-lmapi"));
}

/// The program, under valgrind with `MAPIX_VALGRIND=1`.
fn checked(program: &Path) -> Command {
    let wanted = env::var("MAPIX_VALGRIND").is_ok_and(|wanted| wanted == "1");
    if !wanted {
        return Command::new(program);
    }
    let mut command = Command::new("valgrind");
    command
        .args(["-q", "--error-exitcode=9", "--leak-check=full"])
        .args(["--errors-for-leak-kinds=definite,indirect", "--show-leak-kinds=definite,indirect"])
        .arg(program);
    command
}

/// An example, built in a directory of its own, where its profiles are too.
struct Example {
    here: PathBuf,
    program: PathBuf,
}

impl Example {
    fn new(language: &Language, source: &str) -> Self {
        let here = directory(&format!("{}-example", language.folder));
        let program = here.join("client");
        compile(language, source, &program);
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
