//! The C and the C++ compiler of this machine, as commands.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A language, and the name of the compiler for it.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Language {
    C,
    Cpp,
}

impl Language {
    pub(crate) fn extension(self) -> &'static str {
        match self {
            Self::C => "c",
            Self::Cpp => "cpp",
        }
    }

    pub(crate) fn compiler(self) -> String {
        let (variable, name) = match self {
            Self::C => ("CC", "cc"),
            Self::Cpp => ("CXX", "c++"),
        };
        env::var(variable).unwrap_or_else(|_| name.to_owned())
    }
}

/// As strict as an ABI may be; `long long` and variadic macros came with C99 and C++11.
pub(crate) const STRICT: &[&str] = &["-Wall", "-Wextra", "-Werror", "-pedantic"];

/// The folder of the headers.
pub(crate) fn include() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("include")
}

/// The names of the headers, sorted.
pub(crate) fn headers() -> Vec<String> {
    let names = headers_in(&include());
    assert!(names.len() > 20, "headers are missing: {names:?}");
    names
}

/// The names of the headers in a folder, sorted.
pub(crate) fn headers_in(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| Path::new(name).extension().is_some_and(|end| end == "h"))
        .collect();
    names.sort();
    names
}

/// Writes a source file among the test's own files and gives its path.
pub(crate) fn write(name: &str, text: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("headers").join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, text).unwrap();
    path
}

/// Compiles a file; what the compiler says is the error.
pub(crate) fn accepts(language: Language, source: &Path, flags: &[&str]) -> Result<(), String> {
    let compiler = language.compiler();
    let output = Command::new(&compiler)
        .arg("-I")
        .arg(include())
        .args(flags)
        .arg(source)
        .output()
        .unwrap_or_else(|e| {
            panic!("the headers cannot be tested without a compiler: {compiler}: {e}")
        });
    if output.status.success() {
        return Ok(());
    }
    let said = head(&String::from_utf8_lossy(&output.stderr));
    Err(format!("{compiler} {} {}:\n{said}", flags.join(" "), source.display()))
}

/// Compiles a file and fails with what the compiler says.
pub(crate) fn compile(language: Language, source: &Path, flags: &[&str]) {
    if let Err(said) = accepts(language, source, flags) {
        panic!("{said}");
    }
}

/// The first errors, and the lines below them that name facts: one mistake in a header gives
/// thousands.
fn head(text: &str) -> String {
    let telling = |line: &&str| line.contains("error:") || line.contains("CHECK(\"");
    text.lines().filter(telling).take(40).collect::<Vec<_>>().join("\n")
}
