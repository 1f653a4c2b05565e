//! What of the ABI is implemented, and which test covers it: `docs/coverage.md` is written from the
//! facts in `abi/`, from what the code and its tests say, and from what [`known`] adds. Here it is
//! seen that it is true; `MAPIX_BLESS=1` writes it anew.

mod known;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use known::{ABSENT, CALLED, EXCHANGE, IMPLEMENTED};
use mapi::com::Interface;
use mapi::iface;

fn directory() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: impl AsRef<Path>) -> String {
    let path = directory().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The rows of a fact table, without its header.
fn facts(table: &str) -> Vec<Vec<String>> {
    let text = read(format!("abi/{table}"));
    text.lines().skip(1).map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}

/// The slots of each interface, in order.
fn slots() -> BTreeMap<String, Vec<String>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in facts("vtables.tsv") {
        let methods = found.entry(row[0].clone()).or_default();
        assert_eq!(row[3].parse(), Ok(methods.len()), "{} is in order", row[0]);
        methods.push(row[4].clone());
    }
    found
}

/// The functions that a library of MAPI exports.
fn functions() -> BTreeSet<String> {
    let rows = facts("exports.tsv").into_iter();
    rows.filter(|row| row[4] == "function").map(|row| row[0].clone()).collect()
}

/// The functions that give nothing, with their reasons, from where they are declared.
fn unsupported() -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut reason = None;
    for line in read("src/export/unsupported.rs").lines() {
        let line = line.trim();
        if let Some((_, rest)) = line.split_once(".into() => HRESULT: \"") {
            reason = rest.strip_suffix("\";");
        } else if let Some((_, rest)) = line.split_once("NOT_SUPPORTED => u32: \"") {
            reason = rest.strip_suffix("\";");
        } else if line == "}" {
            reason = None;
        } else if let (Some(reason), Some(rest)) = (reason, line.strip_prefix("fn ")) {
            let name = rest.split('(').next().unwrap();
            found.insert(name.to_owned(), reason.to_owned());
        }
    }
    assert!(found.len() > 30, "the declarations look different: {}", found.len());
    found
}

/// All Rust files in which tests are.
fn test_files() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut waiting = vec![directory().join("tests"), directory().join("src")];
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                if path.file_name().is_none_or(|name| name != "coverage") {
                    waiting.push(path);
                }
            } else if path.extension().is_some_and(|kind| kind == "rs" || kind == "c") {
                found.push(path.strip_prefix(directory()).unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}

/// A place where something is called: the file and the test, else the helper of tests.
fn caller(file: &str, call: &str) -> Option<String> {
    let text = read(file);
    let callers = callers(&text, call);
    let test_of = |callers: &[(String, bool)]| {
        callers.iter().find(|(_, is_test)| *is_test).map(|(function, _)| function.clone())
    };
    let through =
        |(helper, _): &(String, bool)| test_of(&self::callers(&text, &format!("{helper}(")));
    let helper = || callers.first().filter(|_| file.starts_with("tests/")).map(|one| one.0.clone());
    let function =
        test_of(&callers).or_else(|| callers.iter().find_map(through)).or_else(helper)?;
    Some(format!("{file}: {function}"))
}

/// The functions that call something, and whether they are tests.
fn callers(text: &str, call: &str) -> Vec<(String, bool)> {
    let (mut function, mut is_test, mut next_is_test) = (String::new(), false, false);
    let mut callers = Vec::new();
    for line in text.lines() {
        let words = line.trim_start();
        if words.starts_with("#[test]") {
            next_is_test = true;
        }
        if let Some((_, rest)) = words.split_once("fn ")
            && words
                .split_whitespace()
                .next()
                .is_some_and(|word| word == "fn" || word == "unsafe" || word.starts_with("pub"))
        {
            rest.split(['(', '<']).next().unwrap_or_default().clone_into(&mut function);
            is_test = next_is_test;
            next_is_test = false;
        }
        if contains_call(line, call) {
            callers.push((function.clone(), is_test));
        }
    }
    callers
}

/// Whether a line has a name that is called, and not the end of a longer name.
fn contains_call(line: &str, call: &str) -> bool {
    line.match_indices(call).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        call.starts_with('.') || before.is_none_or(|c| !c.is_alphanumeric() && !"_.".contains(c))
    })
}

fn method_test(files: &[&str], method: &str) -> String {
    let call = format!(".{method}(");
    files.iter().find_map(|file| caller(file, &call)).unwrap_or_else(|| "none yet".into())
}

fn document() -> String {
    let mut text = String::from(
        "# What of MAPI's ABI is there\n\n\
         Written by `MAPIX_BLESS=1 cargo test -p mapix-capi --test coverage` from the fact tables, \
         the code\nand its tests; the same test sees that it is true. A test is named by its file \
         in\n`crates/mapix-capi` and its function; others may cover the same.\n\n",
    );
    let (slots, functions, unsupported) = (slots(), functions(), unsupported());
    let interfaces = IMPLEMENTED.len() + CALLED.len();
    let methods = || IMPLEMENTED.iter().map(|(name, ..)| own(&slots, name).len());
    let refused: usize = IMPLEMENTED.iter().map(|(.., refused)| refused.len()).sum();
    writeln!(
        text,
        "| | there | of them answer `MAPI_E_NO_SUPPORT` | not there |\n|---|---|---|---|\n\
         | interfaces | {interfaces} | | {} |\n\
         | methods of interfaces that are implemented | {} | {refused} | |\n\
         | functions | {} | {} | 0 |\n",
        slots.len() - interfaces,
        methods().sum::<usize>(),
        functions.len(),
        unsupported.len(),
    )
    .unwrap();

    text.push_str("## Interfaces that are implemented\n");
    for (name, files, refused) in IMPLEMENTED {
        let own = own(&slots, name);
        writeln!(text, "\n### {name}").unwrap();
        if own.is_empty() {
            text.push_str("No methods but those that it inherits.\n");
            continue;
        }
        text.push_str("| slot | method | | test |\n|---|---|---|---|\n");
        for (slot, method) in own {
            let why = refused.iter().find(|(refused, _)| *refused == method);
            let why = why.map(|(_, why)| format!("`MAPI_E_NO_SUPPORT`: {why}"));
            let test = method_test(files, &method);
            writeln!(text, "| {slot} | {method} | {} | {test} |", why.unwrap_or_default()).unwrap();
        }
    }
    text.push_str("\n## Interfaces of clients that are called\n\n| interface | method | test |\n");
    text.push_str("|---|---|---|\n");
    for (name, files) in CALLED {
        for (_, method) in own(&slots, name) {
            let implemented = format!("fn {method}(");
            let test = files.iter().find(|file| read(file).contains(&implemented));
            writeln!(text, "| {name} | {method} | {} |", test.unwrap_or(&"none yet")).unwrap();
        }
    }
    text.push_str("\n## Interfaces that clients do not have\n\n| interface | why |\n|---|---|\n");
    for name in slots.keys() {
        let why = ABSENT.iter().find(|(absent, _)| absent == name).map(|(_, why)| *why);
        let why = why.or_else(|| name.starts_with("IExchange").then_some(EXCHANGE));
        if let Some(why) = why {
            writeln!(text, "| {name} | {why} |").unwrap();
        }
    }
    text.push_str("\n## Functions\n\n| function | | test |\n|---|---|---|\n");
    let files = test_files();
    for name in &functions {
        let call = format!("{name}(");
        let files = files.iter().map(|file| file.to_str().unwrap());
        let mut tests = files.filter(|file| file.starts_with("tests/") || file.contains("tests"));
        let test = tests.find_map(|file| caller(file, &call));
        let test = test.unwrap_or_else(|| "none yet".into());
        let why = unsupported.get(name).map(|why| format!("no support: {why}"));
        writeln!(text, "| {name} | {} | {test} |", why.unwrap_or_default()).unwrap();
    }
    text
}

/// The methods that an interface has and its ancestor has not, with their slots.
fn own(slots: &BTreeMap<String, Vec<String>>, name: &str) -> Vec<(usize, String)> {
    let rows = facts("vtables.tsv");
    let introduced = rows.iter().filter(|row| row[0] == name && row[7] == name);
    let found: Vec<_> = introduced.map(|row| (row[3].parse().unwrap(), row[4].clone())).collect();
    assert!(slots.contains_key(name), "there is no interface {name}");
    found
}

#[test]
fn the_document_is_true() {
    let (text, path) = (document(), directory().join("../../docs/coverage.md"));
    if std::env::var_os("MAPIX_BLESS").is_some() {
        fs::write(&path, &text).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    for (line, (is, says)) in text.lines().zip(written.lines()).enumerate() {
        assert_eq!(says, is, "docs/coverage.md:{}: write it anew with MAPIX_BLESS=1", line + 1);
    }
    assert_eq!(text.lines().count(), written.lines().count(), "write it anew: MAPIX_BLESS=1");
}

#[test]
fn every_interface_is_accounted_for_once() {
    let slots = slots();
    let implemented = IMPLEMENTED.iter().map(|(name, ..)| *name);
    let called = CALLED.iter().map(|(name, _)| *name);
    let absent = ABSENT.iter().map(|(name, _)| *name);
    let mut seen = BTreeSet::new();
    for name in implemented.chain(called).chain(absent) {
        assert!(slots.contains_key(name), "the ABI has no {name}");
        assert!(seen.insert(name), "{name} is there twice");
    }
    let forgotten: Vec<_> = slots
        .keys()
        .filter(|name| !seen.contains(name.as_str()) && !name.starts_with("IExchange"))
        .collect();
    assert!(forgotten.is_empty(), "{forgotten:?}");
    for (name, _, refused) in IMPLEMENTED {
        for (method, _) in *refused {
            assert!(slots[*name].iter().any(|slot| slot == method), "{name} has no {method}");
        }
    }
}

/// The slots of an interface as it is declared in Rust.
fn declared<I: Interface>() -> Vec<&'static str> {
    let mut all = if I::Base::IID == I::IID { Vec::new() } else { declared::<I::Base>() };
    all.extend(I::METHODS);
    all
}

macro_rules! declared_as_the_facts_say {
    ($($name:ident),* $(,)?) => {
        #[test]
        fn interfaces_are_declared_as_the_facts_say() {
            let slots = slots();
            $(assert_eq!(declared::<iface::$name>(), slots[stringify!($name)]);)*
            let iids: BTreeMap<String, String> =
                facts("vtables.tsv").into_iter().map(|row| (row[0].clone(), row[1].clone())).collect();
            $(assert_eq!(
                format!("{:?}", <iface::$name as Interface>::IID).to_uppercase(),
                iids[stringify!($name)].to_uppercase(),
            );)*
        }
    };
}

declared_as_the_facts_say! {
    IAddrBook, IAttach, ILockBytes, IMAPIAdviseSink, IMAPIClientShutdown, IMAPIContainer,
    IMAPIFolder, IMAPIInitMonitor, IMAPIProgress, IMAPIProp, IMAPIProviderShutdown, IMAPISession, IMAPIStatus,
    IMAPISupport, IMAPITable, IMAPIWaitResult, IMSLogon, IMSProvider, IMailUser, IMessage, IMsgServiceAdmin,
    IMsgServiceAdmin2, IMsgStore, IProfAdmin, IProfSect, IPropData, IProviderAdmin,
    ISequentialStream, IStream, ITableData, IUnknown,
}

#[test]
fn only_the_names_of_mapi_are_exported() {
    let library = std::env::current_exe().unwrap().parent().unwrap().join("libmapi.so");
    let said = Command::new("nm").args(["-D", "--defined-only"]).arg(&library).output().unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let said = String::from_utf8(said.stdout).unwrap();
    let name = |line: &str| line.split_whitespace().last().unwrap_or_default().to_owned();
    let exported: BTreeSet<String> = said.lines().map(name).collect();
    // Our stores are providers as well.
    let entries = ["MSProviderInit", "MSGServiceEntry"].map(str::to_owned);
    let wanted: BTreeSet<String> = functions().into_iter().chain(entries).collect();
    let more: Vec<_> = exported.difference(&wanted).collect();
    let missing: Vec<_> = wanted.difference(&exported).collect();
    assert!(more.is_empty() && missing.is_empty(), "more: {more:?}, missing: {missing:?}");
    for name in unsupported().keys() {
        assert!(exported.contains(name), "{name} is declared and not exported");
    }
}
