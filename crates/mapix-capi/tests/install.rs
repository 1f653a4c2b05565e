//! `install.sh` puts libmapi where a C program finds it: headers in the spellings of Windows sources,
//! pkg-config, CMake, and a library that programs ask for by its soname.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const PROGRAM: &str = r#"
#include <MAPIX.h>
#include <mapiutil.h>
#include <EdkMdb.h>
#include <stdio.h>

int main(void)
{
    LPSPropTagArray tags = NULL;
    LPSPropValue value = NULL;
    if (FAILED(MAPIAllocateBuffer(CbNewSPropTagArray(1), (LPVOID *)(void *)&tags))) return 1;
    if (FAILED(MAPIAllocateMore(sizeof(SPropValue), tags, (LPVOID *)(void *)&value))) return 2;
    tags->cValues = 1;
    tags->aulPropTag[0] = value->ulPropTag = PR_SUBJECT_W;
    printf("%08X\n", (unsigned)tags->aulPropTag[0]);
    return MAPIFreeBuffer(tags) == 0 ? 0 : 3;
}
"#;

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {}\n{said}{complained}", output.status);
    said
}

/// The directory in which Cargo put the library for the tests.
fn built() -> PathBuf {
    let folder = env::current_exe().unwrap().parent().unwrap().to_owned();
    assert!(folder.join("libmapi.so").exists(), "no libmapi.so in {}", folder.display());
    folder
}

fn install(name: &str, destdir: &str) -> PathBuf {
    let prefix = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(format!("{destdir}{}", prefix.display()));
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("install.sh");
    run(Command::new("sh").arg(script).arg(&prefix).arg(built()).env("DESTDIR", destdir));
    prefix
}

fn compiler() -> String {
    env::var("CC").unwrap_or_else(|_| "cc".to_owned())
}

/// Builds the program with flags, runs it, and looks at which library it asks for.
fn program_works(prefix: &Path, name: &str, flags: &[impl AsRef<OsStr>]) {
    let source = prefix.join(format!("{name}.c"));
    let program = prefix.join(name);
    fs::write(&source, PROGRAM).unwrap();
    let strict = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic"];
    run(Command::new(compiler()).args(strict).arg(&source).arg("-o").arg(&program).args(flags));
    let said = run(Command::new(&program).env("LD_LIBRARY_PATH", prefix.join("lib")));
    assert_eq!(said.trim(), "0037001F");
    let needs = run(Command::new("readelf").arg("-d").arg(&program));
    assert!(needs.contains("[libmapi.so.0]"), "{needs}");
}

#[test]
fn a_program_is_built_and_runs() {
    let prefix = install("installed", "");
    for file in [
        "lib/libmapi.so",
        "lib/libmapi.so.0",
        "lib/libmapi.a",
        "lib/cmake/mapi/mapi-config.cmake",
        "include/mapi/mapix.h",
        "include/mapi/MAPIDefS.h",
        "include/mapi/EMSABTAG.H",
        "include/mapi/win/windows.h",
        "include/mapi/win/Windows.h",
    ] {
        assert!(prefix.join(file).exists(), "{file} is not installed");
    }
    let include = format!("-I{}", prefix.join("include/mapi").display());
    let lib = format!("-L{}", prefix.join("lib").display());
    program_works(&prefix, "plain", &[include.as_str(), lib.as_str(), "-lmapi"]);

    let pkgconfig = prefix.join("lib/pkgconfig");
    match Command::new("pkg-config")
        .args(["--cflags", "--libs", "mapi"])
        .env("PKG_CONFIG_PATH", &pkgconfig)
        .output()
    {
        Ok(output) => {
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            let flags = String::from_utf8(output.stdout).unwrap();
            program_works(&prefix, "by_pkg_config", &flags.split_whitespace().collect::<Vec<_>>());
        }
        Err(e) => println!("skipped: pkg-config: {e}"),
    }
}

#[test]
fn cmake_finds_it() {
    if let Err(e) = Command::new("cmake").arg("--version").output() {
        println!("skipped: cmake: {e}");
        return;
    }
    let prefix = install("for_cmake", "");
    let project = prefix.join("project");
    fs::create_dir_all(&project).unwrap();
    fs::write(project.join("program.c"), PROGRAM).unwrap();
    fs::write(
        project.join("CMakeLists.txt"),
        "cmake_minimum_required(VERSION 3.10)\nproject(program C)\nfind_package(mapi 0.1 REQUIRED)\n\
         add_executable(program program.c)\ntarget_link_libraries(program mapi::mapi)\n",
    )
    .unwrap();
    let build = project.join("build");
    let found = format!("-DCMAKE_PREFIX_PATH={}", prefix.display());
    run(Command::new("cmake").arg("-S").arg(&project).arg("-B").arg(&build).arg(found));
    run(Command::new("cmake").arg("--build").arg(&build));
    let said = run(Command::new(build.join("program")).env("LD_LIBRARY_PATH", prefix.join("lib")));
    assert_eq!(said.trim(), "0037001F");
}

#[test]
fn packagers_have_their_destdir() {
    let destdir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("package");
    let prefix = install("usr", destdir.to_str().unwrap());
    assert!(!prefix.exists(), "something was put outside DESTDIR");
    let below = format!("{}{}", destdir.display(), prefix.display());
    let pc = fs::read_to_string(Path::new(&below).join("lib/pkgconfig/mapi.pc")).unwrap();
    assert!(pc.starts_with(&format!("prefix={}\n", prefix.display())), "{pc}");
    assert!(!pc.contains('@'), "{pc}");
}
