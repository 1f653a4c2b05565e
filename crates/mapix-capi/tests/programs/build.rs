//! Building and running programs in C and C++.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Where Cargo put the library for the tests.
pub(crate) fn built() -> PathBuf {
    env::current_exe().unwrap().parent().unwrap().to_owned()
}

/// An empty directory for a test.
pub(crate) fn directory(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).unwrap();
    path
}

pub(crate) fn run(command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {}\n{said}{complained}", output.status);
    output
}

/// A language of the examples: its folder, the compiler for it, and which of its standards.
pub(crate) struct Language {
    pub(crate) folder: &'static str,
    compiler: (&'static str, &'static str),
    standard: &'static str,
}

pub(crate) const C: Language =
    Language { folder: "c", compiler: ("CC", "cc"), standard: "-std=c99" };
pub(crate) const CPP: Language =
    Language { folder: "cpp", compiler: ("CXX", "c++"), standard: "-std=c++17" };

/// Compiles a program; its source is named from this crate.
pub(crate) fn compile(language: &Language, source: &Path, program: &Path, libraries: &[&str]) {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (variable, name) = language.compiler;
    let compiler = env::var(variable).unwrap_or_else(|_| name.to_owned());
    run(Command::new(compiler)
        .args([language.standard, "-g", "-Wall", "-Wextra", "-Werror", "-fshort-wchar"])
        .arg("-I")
        .arg(here.join("include"))
        .arg(here.join(source))
        .arg("-o")
        .arg(program)
        .arg("-L")
        .arg(built())
        .args(libraries));
}

/// The program, under valgrind with `MAPIX_VALGRIND=1`.
pub(crate) fn checked(program: &Path) -> Command {
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
