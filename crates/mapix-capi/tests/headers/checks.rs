//! C and C++ that hold the headers against the facts: assertions for the compiler, and a program for
//! what only a running one can tell.

use std::fmt::Write as _;

use crate::facts::{Row, is_left_out, table};

/// Which build the assertions are for.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Text {
    Ansi,
    Unicode,
}

/// Lines of C, and how many facts they check.
pub(crate) struct Source {
    pub(crate) text: String,
    pub(crate) facts: usize,
}

const PRELUDE: &str = "
#include <stddef.h>
#ifdef __cplusplus
#include <type_traits>
#define CHECK(what, ...) static_assert(__VA_ARGS__, what)
#define SAME(expression, ...) std::is_same<decltype(expression), __VA_ARGS__>::value
#define ALIGNMENT(type) alignof(type)
#else
#define CHECK(what, ...) extern char mapi_check[(__VA_ARGS__) ? 1 : -1]
#define SAME(expression, ...) __builtin_types_compatible_p(__typeof__(expression), __VA_ARGS__)
#define ALIGNMENT(type) __alignof__(type)
#endif
";

/// Assertions on every structure, slot, signature, constant and tag.
pub(crate) fn assertions(headers: &[String], text: Text) -> Source {
    let mut out = Source { text: String::new(), facts: 0 };
    for header in headers {
        writeln!(out.text, "#include \"{header}\"").unwrap();
    }
    out.text.push_str(PRELUDE);
    structs(&mut out);
    vtables(&mut out);
    functions(&mut out);
    numbers(&mut out, text, "constants.tsv", "value");
    numbers(&mut out, text, "tags.tsv", "tag");
    for row in table("sizes.tsv") {
        let (name, base, unit) = (&row["macro"], &row["base_bytes"], &row["bytes_per_unit"]);
        out.check(name, &format!("{name}(0) == {base} && {name}(3) == {base} + 3 * {unit}"));
    }
    out
}

impl Source {
    fn check(&mut self, what: &str, condition: &str) {
        writeln!(self.text, "CHECK(\"{what}\", {condition});").unwrap();
        self.facts += 1;
    }
}

fn structs(out: &mut Source) {
    let mut last = String::new();
    for row in table("structs.tsv") {
        let (name, field, kind) = (&row["struct"], &row["field"], &row["type"]);
        if is_left_out(name) {
            continue;
        }
        if *name != last {
            let (size, align) = (&row["size"], &row["align"]);
            out.check(name, &format!("sizeof({name}) == {size} && ALIGNMENT({name}) == {align}"));
            last.clone_from(name);
        }
        let what = format!("{name}.{field}");
        let place = format!("offsetof({name}, {field}) == {}", row["offset"]);
        let size = format!("sizeof((({name} *)0)->{field}) == {}", row["field_size"]);
        out.check(&what, &format!("{place} && {size}"));
        if !["union", "struct"].contains(&kind.as_str()) {
            out.check(&what, &format!("SAME((({name} *)0)->{field}, {})", width(kind)));
        }
    }
}

/// The types of C that have another width here than on Windows, by their Windows names.
fn width(kind: &str) -> String {
    let star = if kind.ends_with('*') { "*" } else { "" };
    match kind.trim_end_matches('*') {
        "short" => format!("SHORT{star}"),
        "unsigned short" => format!("USHORT{star}"),
        "long" => format!("LONG{star}"),
        "unsigned long" => format!("ULONG{star}"),
        _ => kind.to_owned(),
    }
}

/// A signature as in the tables, `HRESULT(ULONG,LPVOID*)`, in its two halves.
fn halves(signature: &str) -> (&str, &str) {
    let (result, parameters) = signature.split_once('(').expect("a signature");
    (result.trim(), parameters.strip_suffix(')').expect("a signature"))
}

fn vtables(out: &mut Source) {
    let rows = table("vtables.tsv");
    for (at, row) in rows.iter().enumerate() {
        let (interface, method, slot) = (&row["interface"], &row["method"], &row["slot"]);
        let (result, parameters) = halves(&row["signature"]);
        let what = format!("{interface}::{method}");
        let more = if parameters == "void" { String::new() } else { format!(", {parameters}") };
        let size = match rows.get(at + 1) {
            Some(next) if next["interface"] == *interface => String::new(),
            _ => format!(" && sizeof({interface}Vtbl) == 8 * ({slot} + 1)"),
        };
        out.text.push_str("#ifdef __cplusplus\n");
        out.check(
            &what,
            &format!("SAME(&{interface}::{method}, {result} ({interface}::*)({parameters}))"),
        );
        out.text.push_str("#else\n");
        writeln!(
            out.text,
            "CHECK(\"{what}\", offsetof({interface}Vtbl, {method}) == 8 * {slot}{size} && \
             SAME((({interface}Vtbl *)0)->{method}, {result} (*)({interface} *{more})));"
        )
        .unwrap();
        out.text.push_str("#endif\n");
    }
}

fn functions(out: &mut Source) {
    for row in table("exports.tsv") {
        let (name, kind, signature) = (&row["function"], row["kind"].as_str(), &row["signature"]);
        if is_left_out(name) && kind != "typedef" || is_left_out(&format!("{name} {kind}")) {
            continue;
        }
        let condition = match kind {
            "typedef" if signature.contains("(*)") => format!("SAME(({name})0, {signature})"),
            "typedef" => {
                let (result, parameters) = halves(signature);
                format!("SAME(({name} *)0, {result} (*)({parameters}))")
            }
            _ => {
                let (result, parameters) = halves(signature);
                let result =
                    result.strip_suffix(name.as_str()).expect("the name before its parameters");
                format!("SAME(&{name}, {result} (*)({parameters}))")
            }
        };
        out.check(name, &condition);
    }
}

/// Constants and tags. One with a row `NAME (UNICODE)` depends on the build.
fn numbers(out: &mut Source, text: Text, file: &str, column: &str) {
    let rows = table(file);
    let unicode: Vec<&str> =
        rows.iter().filter_map(|r| r["name"].strip_suffix(" (UNICODE)")).collect();
    for row in &rows {
        let name = match (row["name"].strip_suffix(" (UNICODE)"), text) {
            (Some(name), Text::Unicode) => name,
            (Some(_), Text::Ansi) => continue,
            (None, Text::Unicode) if unicode.contains(&row["name"].as_str()) => continue,
            (None, _) => row["name"].as_str(),
        };
        if !is_left_out(name) {
            let value = row[column].trim_start_matches("0x");
            out.check(name, &format!("(ULONG)({name}) == 0x{value}u"));
        }
    }
}

/// A program that prints what it finds wrong, and how many facts it has looked at: slots of C++
/// classes, GUIDs, OIDs and texts.
pub(crate) fn program(headers: &[String]) -> Source {
    let mut head = String::from("#define INITGUID\n#define INITOID\n");
    let mut body = String::new();
    let mut facts = 0;
    for row in table("guids.tsv") {
        let name = &row["name"];
        if is_left_out(name) {
            continue;
        }
        writeln!(head, "#define USES_{name}").unwrap();
        writeln!(body, "    {}", guid(&row)).unwrap();
        facts += 1;
    }
    for row in table("oids.tsv") {
        let (name, bytes) = (&row["name"], escaped(&row["bytes"]));
        writeln!(body, "    check(\"{name}\", {name}, \"{bytes}\", CB_{name});").unwrap();
        facts += 1;
    }
    for row in table("strings.tsv") {
        let (name, value) = (&row["name"], row["value"].replace("\\x5c", "\\\\"));
        let literal = if row["width"] == "wide" {
            format!("MAPI_WIDE(\"{value}\")")
        } else {
            format!("\"{value}\"")
        };
        writeln!(body, "    check(\"{name}\", {name}, {literal}, sizeof({name}) == sizeof({literal}) ? sizeof({name}) : 0);")
            .unwrap();
        facts += 1;
    }
    body.push_str("#ifdef __cplusplus\n");
    for row in table("vtables.tsv") {
        let (interface, method, slot) = (&row["interface"], &row["method"], &row["slot"]);
        writeln!(body, "    slot(\"{interface}::{method}\", &{interface}::{method}, {slot});")
            .unwrap();
    }
    body.push_str("#endif\n");
    for header in headers {
        writeln!(head, "#include \"{header}\"").unwrap();
    }
    Source { text: format!("{head}{PROGRAM}{body}    return finish();\n}}\n"), facts }
}

fn guid(row: &Row) -> String {
    let (name, bytes) = (&row["name"], escaped(&row["bytes"]));
    if name.starts_with("pb") {
        format!("check(\"{name}\", {name}, \"{bytes}\", sizeof({name}) - 1 == 16 ? 16 : 0);")
    } else if ["MAPI_ONE_OFF_UID", "PS_PROFILE_PROPERTIES_INIT", "MSPST_UID_PROVIDER"]
        .contains(&name.as_str())
    {
        format!(
            "{{ static const BYTE uid[] = {name}; check(\"{name}\", uid, \"{bytes}\", sizeof(uid)); }}"
        )
    } else {
        format!("check(\"{name}\", &{name}, \"{bytes}\", sizeof({name}));")
    }
}

fn escaped(hex: &str) -> String {
    let mut text = String::new();
    for pair in hex.as_bytes().chunks(2) {
        write!(text, "\\x{}", String::from_utf8_lossy(pair)).unwrap();
    }
    text
}

const PROGRAM: &str = r#"
#include <stdio.h>
#include <string.h>
static int bad, looked_at;
static void check(const char *name, const void *have, const void *want, size_t bytes)
{
    looked_at++;
    if (bytes == 0 || memcmp(have, want, bytes) != 0) { printf("%s differs\n", name); bad++; }
}
static int finish(void)
{
    printf("looked at %d\n", looked_at);
    return bad != 0;
}
#ifdef __cplusplus
/* A pointer to a virtual method holds 1 + the offset of its slot (Itanium ABI). */
template <class Method> static void slot(const char *name, Method method, size_t want)
{
    size_t have;
    memcpy(&have, &method, sizeof have);
    looked_at++;
    if (have != 1 + 8 * want) { printf("%s is elsewhere\n", name); bad++; }
}
#endif
int main(void)
{
"#;
