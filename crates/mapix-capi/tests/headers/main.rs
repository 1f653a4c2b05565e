//! The headers say what the ABI is: every size, offset, slot, signature, value and GUID of the fact
//! tables in `abi/`, in C and C++, in ANSI and UNICODE builds, with wide and with short `wchar_t`.

mod checks;
mod compiler;
mod facts;

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use checks::Text;
use compiler::{Language, STRICT, compile, headers, write};

const C: &[&str] = &["-std=c99", "-std=c11", "-std=c17"];
const CPP: &[&str] = &["-std=c++11", "-std=c++17", "-std=c++20"];

/// The builds: text, and flags.
const BUILDS: &[(Text, &[&str])] = &[
    (Text::Ansi, &[]),
    (Text::Ansi, &["-fshort-wchar"]),
    (Text::Unicode, &["-DUNICODE", "-D_UNICODE"]),
    (Text::Unicode, &["-DUNICODE", "-D_UNICODE", "-fshort-wchar"]),
];

fn flags<'a>(standard: &'a str, build: &[&'a str]) -> Vec<&'a str> {
    [&[standard], build, STRICT, &["-fsyntax-only"]].concat()
}

fn facts_hold_in(language: Language, standards: &[&str]) {
    for (text, build) in BUILDS {
        let source = checks::assertions(&headers(), *text);
        assert!(source.facts > 6000, "only {} facts", source.facts);
        let path = write(&format!("facts.{}", language.extension()), &source.text);
        for standard in standards {
            compile(language, &path, &flags(standard, build));
        }
    }
}

#[test]
fn facts_hold_in_c() {
    facts_hold_in(Language::C, C);
}

#[test]
fn facts_hold_in_cpp() {
    facts_hold_in(Language::Cpp, CPP);
}

#[test]
fn wrong_facts_are_noticed() {
    let wrong = [
        "sizeof(SPropValue) == 25",
        "SAME(((SPropValue *)0)->Value.li, ULARGE_INTEGER)",
        "SAME(&MAPIFreeBuffer, ULONG (*)(ULONG))",
        "(ULONG)(MAPI_E_NOT_FOUND) == 0x8004010Eu",
        "CbNewSRowSet(0) == 4",
    ];
    for language in [Language::C, Language::Cpp] {
        let mut text = checks::assertions(&headers(), Text::Ansi).text;
        for fact in wrong {
            writeln!(text, "CHECK(\"wrong\", {fact});").unwrap();
        }
        let path = write(&format!("wrong.{}", language.extension()), &text);
        let said = compiler::accepts(language, &path, &["-fsyntax-only"]).unwrap_err();
        for fact in wrong {
            assert!(
                said.contains(&format!("CHECK(\"wrong\", {fact})")),
                "{fact} is taken:\n{said}"
            );
        }
    }
}

#[test]
fn reasons_for_missing_facts_are_needed() {
    assert_eq!(facts::stale_entries(), Vec::<&str>::new());
}

#[test]
fn slots_guids_and_texts_hold_at_run_time() {
    for (language, standard) in [(Language::C, "-std=c11"), (Language::Cpp, "-std=c++11")] {
        let mut source = checks::program(&headers());
        if language == Language::Cpp {
            source.facts += facts::table("vtables.tsv").len();
        }
        let path = write(&format!("program.{}", language.extension()), &source.text);
        let program = path.with_extension(format!("{}.out", language.extension()));
        for short in [&[][..], &["-fshort-wchar"]] {
            let flags = [&[standard, "-o", program.to_str().unwrap()], short, STRICT].concat();
            compile(language, &path, &flags);
            let output = Command::new(&program).output().unwrap();
            let said = String::from_utf8_lossy(&output.stdout);
            assert!(output.status.success(), "{said}");
            assert_eq!(said.trim(), format!("looked at {}", source.facts));
        }
    }
}

#[test]
fn each_header_stands_alone() {
    for header in headers() {
        // Twice, and with everything that GUIDs and OIDs may be defined with.
        let text = format!("#include <{header}>\n#include <{header}>\nint something;\n");
        for (language, standard) in [(Language::C, "-std=c99"), (Language::Cpp, "-std=c++20")] {
            let path = write(&format!("alone_{header}.{}", language.extension()), &text);
            compile(
                language,
                &path,
                &flags(standard, &["-fshort-wchar", "-DINITGUID", "-DINITOID"]),
            );
            compile(language, &path, &flags(standard, &["-DUNICODE"]));
        }
    }
}

fn sample(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/headers/samples").join(name)
}

#[test]
fn sources_in_the_manner_of_windows_compile() {
    for standard in C {
        compile(Language::C, &sample("client.c"), &flags(standard, &["-fshort-wchar"]));
        compile(
            Language::C,
            &sample("client.c"),
            &flags(standard, &["-fshort-wchar", "-DUNICODE"]),
        );
    }
    for standard in CPP {
        compile(Language::Cpp, &sample("provider.cpp"), &flags(standard, &["-fshort-wchar"]));
        compile(Language::Cpp, &sample("provider.cpp"), &flags(standard, &["-DUNICODE"]));
        compile(Language::Cpp, &sample("provider.cpp"), &flags(standard, &["-DDEBUG"]));
    }
}

#[test]
fn calls_of_windows_do_what_they_do_there() {
    for (language, flags) in
        [(Language::C, ["-x", "c", "-std=gnu11"]), (Language::Cpp, ["-x", "c++", "-std=c++11"])]
    {
        let program = write(&format!("windows_calls.{}.out", language.extension()), "");
        let flags = [&flags[..], &["-pthread", "-o", program.to_str().unwrap()], STRICT].concat();
        compile(language, &sample("windows_calls.c"), &flags);
        let output = Command::new(&program).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
}

#[test]
fn a_windows_h_of_the_project_is_left_alone() {
    for (language, standard) in [(Language::C, "-std=c11"), (Language::Cpp, "-std=c++17")] {
        let text =
            headers().iter().fold(String::from("#include \"own_windows.h\"\n"), |text, header| {
                text + "#include <" + header + ">\n"
            });
        let text =
            text + "#ifdef MAPI_OWN_PLATFORM\n#error mapiplat.h did not step aside\n#endif\n";
        let path = write(&format!("own_windows.{}", language.extension()), &text);
        let samples = format!("-I{}", sample("").display());
        compile(language, &path, &flags(standard, &[&samples, "-fshort-wchar"]));
    }
}

#[test]
fn the_names_of_windows_headers_can_be_had() {
    let folder = compiler::include().join("win");
    let win = format!("-I{}", folder.display());
    for header in compiler::headers_in(&folder) {
        let path =
            write(&format!("win_{header}.c"), &format!("#include <{header}>\nULONG something;\n"));
        let need = if header == "sal.h" { &["-include", "windows.h"][..] } else { &[] };
        compile(Language::C, &path, &flags("-std=c11", &[need, &[win.as_str()]].concat()));
    }
    let text = "#define INITGUID\n#include <windows.h>\n#include <objbase.h>\n#include <initguid.h>\n\
                #include <tchar.h>\n#include <mapix.h>\nconst TCHAR *text(void);\n\
                const TCHAR *text(void) { return _T(\"text\"); }\n";
    for (language, standard) in [(Language::C, "-std=c11"), (Language::Cpp, "-std=c++17")] {
        let path = write(&format!("win.{}", language.extension()), text);
        compile(language, &path, &flags(standard, &[&win, "-fshort-wchar", "-DUNICODE"]));
        compile(language, &path, &flags(standard, &[&win]));
    }
}
