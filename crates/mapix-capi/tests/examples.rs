//! The examples in C are built against the headers and run against the library.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

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

fn compile(source: &str, program: &Path) {
    let crate_directory = Path::new(env!("CARGO_MANIFEST_DIR"));
    let source = crate_directory.join("../../examples/c").join(source);
    let compiler = env::var("CC").unwrap_or_else(|_| "cc".to_owned());
    run(Command::new(compiler)
        .args(["-std=c99", "-g", "-Wall", "-Wextra", "-Werror", "-fshort-wchar"])
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

#[test]
fn the_c_client_logs_on_lists_reads_writes_and_logs_off() {
    let here = directory("c-client");
    let program = here.join("client");
    compile("client.c", &program);
    let link = here.join("libmapi.so.0");
    std::os::unix::fs::symlink(built().join("libmapi.so"), &link).unwrap();
    let call = |arguments: &[&str]| {
        let mut command = checked(&program);
        command.args(arguments).env("MAPIX_CONFIG_DIR", here.join("config"));
        command.env("LD_LIBRARY_PATH", &here);
        String::from_utf8(run(&mut command).stdout).unwrap()
    };
    let store = here.join("mail.mapix");
    let said = call(&["example", store.to_str().unwrap()]);
    let first = "1 Hello\n2 World\nThe first message.\n1 Hello !\n2 World\nlogged off\n";
    assert_eq!(said, first);
    // What was set is there the next time.
    let said = call(&["example"]);
    let second = "1 Hello !\n2 World\nThe first message.\n1 Hello !\n2 World\nlogged off\n";
    assert_eq!(said, second);
}
