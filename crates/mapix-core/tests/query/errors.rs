//! What is refused, where the caret stands, and what is suggested.

use mapix_core::query::{NoNames, Place, Query};
use mapix_core::restriction::{Matcher, Restriction};
use mapix_core::{Error, ErrorCode};

use crate::{parse, try_parse};

/// The three lines of each error: the text itself, the carets, the sentence.
const TABLE: &[(&str, &str, &str)] = &[
    // Words.
    ("a \"b c", "  ^", "this quote is not closed"),
    (
        "a\"b\"",
        " ^",
        "a quote in the middle of a word (put the whole of it in quotes, and \\\" for a quote in it)",
    ),
    ("\"a\"b", "   ^", "a space is missing after the quoted text"),
    (
        "x --",
        "   ^",
        "there is no letter or digit to look for (prop:PR_SUBJECT~\"...\" finds other signs too)",
    ),
    (
        "\"\"",
        "^^",
        "there is no letter or digit to look for (prop:PR_SUBJECT~\"...\" finds other signs too)",
    ),
    (
        "\"?!\"*",
        "^^^^^",
        "there is no letter or digit to look for (prop:PR_SUBJECT~\"...\" finds other signs too)",
    ),
    (
        "filename:*.pdf",
        "         ^",
        "a `*` stands only at the end of a word (without it, words inside of a name are found too)",
    ),
    (
        "a*b",
        " ^",
        "a `*` stands only at the end of a word (without it, words inside of a name are found too)",
    ),
    // Operators.
    ("a OR", "  ^^", "nothing follows OR (\"OR\" in quotes is a word like others)"),
    ("a AND OR b", "  ^^^", "nothing follows AND (\"AND\" in quotes is a word like others)"),
    ("AND a", "^^^", "nothing stands before AND (\"AND\" in quotes is a word like others)"),
    ("(OR a)", " ^^", "nothing stands before OR (\"OR\" in quotes is a word like others)"),
    ("a NOT", "  ^^^", "nothing follows NOT (\"NOT\" in quotes is a word like others)"),
    ("NOT OR a", "^^^", "nothing follows NOT (\"NOT\" in quotes is a word like others)"),
    ("(a AND )", "   ^^^", "nothing follows AND (\"AND\" in quotes is a word like others)"),
    ("a ( )", "  ^^^", "nothing in the parentheses"),
    ("a (b", "  ^", "this parenthesis is not closed"),
    ("a (b OR (", "        ^", "this parenthesis is not closed"),
    ("a) b", " ^", "this parenthesis was never opened"),
    (")", "^", "this parenthesis was never opened"),
    // Fields.
    ("recieved:2024", "^^^^^^^^", "`recieved:` is not a field (did you mean `received:`?)"),
    ("x Form:ann", "  ^^^^", "`Form:` is not a field (did you mean `from:`?)"),
    ("http://x.org", "^^^^", "`http:` is not a field (put it in quotes to look for it as a text)"),
    ("subject: x", "^^^^^^^^", "`subject:` needs a value right after it"),
    ("subject:)", "^^^^^^^^", "`subject:` needs a value right after it"),
    ("class:", "^^^^^^", "`class:` needs a value right after it"),
    ("category:\"\"", "         ^^", "nothing in the quotes"),
    ("message-id:<>", "           ^^", "an ID is missing"),
    ("folder:=", "^^^^^^^", "`folder:` needs a value right after it"),
    ("folder:a//b", "       ^^^^", "`a//b` has a folder without a name"),
    ("folder:/", "       ^", "`/` has a folder without a name"),
    (
        "is:blue",
        "   ^^^^",
        "`is:` does not know `blue` (it knows read, unread, draft, flagged, complete, replied, forwarded, normal, hidden, deleted, orphan)",
    ),
    ("has:fun", "    ^^^", "`has:` does not know `fun` (it knows attachment)"),
    (
        "importance:1",
        "           ^",
        "`importance:` does not know `1` (it knows low, normal, high)",
    ),
    // Dates and sizes.
    ("received:", "^^^^^^^^^", "`received:` needs a value right after it"),
    ("received:>", "^^^^^^^^^", "`received:` needs a value right after it"),
    ("size:", "^^^^^", "`size:` needs a value right after it"),
    ("size:big", "     ^^^", "`big` is not a size (write 4711, 10k, 1m, 2g or A..B)"),
    ("size:>", "^^^^^", "`size:` needs a value right after it"),
    ("size:1.5m", "     ^^^^", "`1.5m` is not a size (write 4711, 10k, 1m, 2g or A..B)"),
    ("size:-1", "     ^^", "`-1` is not a size (write 4711, 10k, 1m, 2g or A..B)"),
    ("size:..", "     ^^", "a range needs a start or an end (write 4711, 10k, 1m, 2g or A..B)"),
    (
        "size:2k..1k",
        "     ^^^^^^",
        "the range ends before it starts (write 4711, 10k, 1m, 2g or A..B)",
    ),
    ("size:<0", "      ^", "no size is smaller (write 4711, 10k, 1m, 2g or A..B)"),
    (
        "size:>18446744073709551615",
        "      ^^^^^^^^^^^^^^^^^^^^",
        "no size is larger (write 4711, 10k, 1m, 2g or A..B)",
    ),
    (
        "size:99999999t",
        "     ^^^^^^^^^",
        "`99999999t` is not a size (write 4711, 10k, 1m, 2g or A..B)",
    ),
    ("size:>1k..2k", "      ^^^^^^", "`1k..2k` is not a size (write 4711, 10k, 1m, 2g or A..B)"),
    // Properties.
    (
        "prop:",
        "^^^^^",
        "`prop:` needs the name of a property right after it (such as PR_SUBJECT, 0x0037001F or PidLidReminderSet)",
    ),
    (
        "prop:PR_SUBJCT=x",
        "     ^^^^^^^^^",
        "`PR_SUBJCT` is not a known property tag (did you mean PR_SUBJECT?)",
    ),
    (
        "prop:PidLidReminderSat",
        "     ^^^^^^^^^^^^^^^^^",
        "`PidLidReminderSat` is not a known named property (did you mean PidLidReminderSet?)",
    ),
    ("prop:PR_SUBJECT=", "               ^", "a value is missing"),
    (
        "prop:PR_SUBJECT!x",
        "               ^",
        "this is no comparison (write =, !=, <, <=, >, >=, ~ (contains) or & (bits))",
    ),
    ("prop:PR_SENSITIVITY=x", "                    ^", "`x` is not an integer of 32 bits"),
    (
        "prop:PR_SENSITIVITY=4294967296",
        "                    ^^^^^^^^^^",
        "`4294967296` is not an integer of 32 bits",
    ),
    (
        "prop:PR_SENSITIVITY~1",
        "                    ^",
        "PT_LONG is a type whose values contain nothing",
    ),
    ("prop:PR_SUBJECT&1", "                ^", "PT_UNICODE is a type whose values have no bits"),
    ("prop:PR_MESSAGE_FLAGS&0", "                      ^", "`0` are no bits"),
    ("prop:PR_HASATTACH=2", "                  ^", "`2` is not true or false"),
    ("prop:PR_SEARCH_KEY=xyz", "                   ^^^", "`xyz` is not bytes in hexadecimal"),
    (
        "prop:0x70050006=1.23456",
        "                ^^^^^^^",
        "`1.23456` is not an amount such as 12.50",
    ),
    ("prop:0x70040005=inf", "                ^^^", "`inf` is not a number"),
    (
        "prop:PR_MESSAGE_RECIPIENTS=1",
        "                           ^",
        "PT_OBJECT is a type whose values cannot be compared",
    ),
];

const DATES: &[(&str, &str, &str)] = &[
    ("received:2024-13", "         ^^^^^^^", "`2024-13` is not a date"),
    ("received:2024-00", "         ^^^^^^^", "`2024-00` is not a date"),
    ("received:2024-02-30", "         ^^^^^^^^^^", "`2024-02-30` is not a date"),
    ("received:2024-5", "         ^^^^^^", "`2024-5` is not a date"),
    ("received:31/05/2024", "         ^^^^^^^^^^", "`31/05/2024` is not a date"),
    ("received:7m", "         ^^", "`7m` is not a date"),
    ("received:someday", "         ^^^^^^^", "`someday` is not a date"),
    ("received:1600", "         ^^^^", "`1600` is not a date"),
    ("received:2024..x", "         ^^^^^^^", "`x` is not a date"),
    ("received:..", "         ^^", "a range needs a start or an end"),
    ("received:2024..2023", "         ^^^^^^^^^^", "the range ends before it starts"),
    ("sent:<1601", "      ^^^^", "no date is before 1601"),
    ("sent:>9999", "      ^^^^", "no date is after 9999"),
    ("prop:PR_START_DATE~x", "                   ^", "a time does not contain anything"),
    ("prop:PR_START_DATE>x", "                   ^", "`x` is not a date"),
];

#[test]
fn every_error_shows_its_place() {
    let hint =
        " (write 2024, 2024-05, 2024-05-31, 2024-05-31T12:30, today, last-week, 7d, 3mo or A..B)";
    let dates =
        DATES.iter().map(|(text, carets, sentence)| (*text, *carets, format!("{sentence}{hint}")));
    let others =
        TABLE.iter().map(|(text, carets, sentence)| (*text, *carets, (*sentence).to_owned()));
    for (text, carets, sentence) in others.chain(dates) {
        let error = match try_parse(text) {
            Ok(query) => panic!("{text} is understood as {query}"),
            Err(error) => error,
        };
        assert_eq!(error.render(text, 80), format!("{text}\n{carets}\n{sentence}"), "{text}");
    }
}

#[test]
fn errors_are_mapi_errors() {
    let error = Error::from(try_parse("report size:big").unwrap_err());
    assert_eq!(error.code(), ErrorCode::INVALID_PARAMETER);
    assert_eq!(
        error.to_string(),
        "query, column 13: `big` is not a size (write 4711, 10k, 1m, 2g or A..B)"
    );
    let error = try_parse("x is:blue").unwrap_err();
    assert_eq!(error.span(), 5..9);
    assert_eq!(error.message(), "`is:` does not know `blue`");
    assert!(error.suggestion().is_some());
}

#[test]
fn long_queries_show_the_part_around_the_place() {
    let words = "word ".repeat(100);
    let shown = |text: &str, width: usize| {
        let rendered = try_parse(text).unwrap_err().render(text, width);
        rendered.lines().take(2).map(String::from).collect::<Vec<_>>()
    };
    let text = format!("is:blue {words}");
    assert_eq!(shown(&text, 30), ["is:blue word word word word...", "   ^^^^"]);
    let text = format!("{words}is:blue");
    assert_eq!(shown(&text, 30), ["...ord word is:blue", "               ^^^^"]);
    let text = format!("{words}is:blue {words}");
    assert_eq!(shown(&text, 30), ["...ord word is:blue word wo...", "               ^^^^"]);
    let text = format!("{words}size:{}", "x".repeat(100));
    assert_eq!(shown(&text, 30), ["...d word size:xxxxxxxxxxxx...", "               ^^^^^^^^^^^^"]);
    // What is in two columns, in none, and what does not print.
    let text = "\u{65e5}\u{672c}\u{8a9e} e\u{301}\u{7} \u{202e}is:blue";
    let text = text.replace("\u{202e}is", "is");
    assert_eq!(
        shown(&text, 80),
        ["\u{65e5}\u{672c}\u{8a9e} e\u{301}\u{fffd} is:blue", "             ^^^^"]
    );
    for width in 0..100 {
        for text in
            [&format!("{words}is:blue {words}"), &"\u{65e5}".repeat(200), &format!("{words}(")]
        {
            let Err(error) = try_parse(text) else { continue };
            let columns = |line: &str| {
                line.chars().map(|c| if c > '\u{2e80}' { 2 } else { 1 }).sum::<usize>()
            };
            let lines = error.render(text, width);
            assert!(lines.lines().take(2).all(|line| columns(line) <= width.max(20)), "{lines}");
        }
    }
    // An error shown over another text is no panic.
    let error = try_parse("aaaaaaaaaaaaaaa is:blue").unwrap_err();
    for text in ["", "\u{65e5}", "\u{65e5}\u{672c}\u{8a9e}\u{65e5}\u{672c}\u{8a9e}\u{65e5}\u{672c}"]
    {
        error.render(text, 40);
    }
}

#[test]
fn limits_hold() {
    let refused = |text: &str, message: &str| {
        let error = try_parse(text).unwrap_err();
        assert!(error.message().contains(message), "{error}");
        let rendered = error.render(text, 80);
        assert!(rendered.len() < 1000, "{}", rendered.len());
        assert!(error.to_string().len() < 500);
    };
    let megabyte = 1 << 20;
    refused(&"x ".repeat(megabyte / 2), "1048576 bytes are too many");
    refused(&"\u{65e5}".repeat(megabyte / 3), "bytes are too many");
    refused(&"x ".repeat(Query::MAX_TERMS + 1), "more than 2500 terms");
    refused(&"(".repeat(Query::MAX_LENGTH), "more than 64 open parentheses");
    refused(&"-(".repeat(Query::MAX_LENGTH / 2), "more than 64 open parentheses");
    refused(&format!("size:{}", "9".repeat(200_000)), "is not a size");
    refused(&format!("received:{}", "9".repeat(200_000)), "is not a date");
    refused(&format!("is:{}", "9".repeat(200_000)), "does not know");
    refused(&format!("{}:x", "f".repeat(200_000)), "is not a field");
    refused(&format!("prop:{}", "f".repeat(200_000)), "is not the name of a property");
    refused(&format!("prop:PR_SENSITIVITY={}", "f".repeat(200_000)), "is not an integer");
    refused(&format!("prop:0x70090048={}", "-".repeat(200_000)), "is not a GUID");
    refused(&format!("folder:{}//x", "f".repeat(200_000)), "folder without a name");
    refused(&format!("a {}", "\"".repeat(200_001)), "quote in the middle");
}

#[test]
fn what_is_within_the_limits_can_be_evaluated() {
    let compiles = |text: &str| {
        let restriction = parse(text).to_restriction(&NoNames, &Place::default()).unwrap();
        Matcher::new(&restriction).unwrap();
    };
    compiles(&"-x ".repeat(Query::MAX_TERMS));
    compiles(&vec!["-participants:x"; Query::MAX_TERMS].join(" OR "));
    let (open, close) = (Query::MAX_NESTING, ")".repeat(Query::MAX_NESTING));
    compiles(&format!("{}a{close}", "a OR b -(".repeat(open)));
    compiles(&format!("{}x", "-".repeat(100_000)));
    compiles(&format!("{}x", "NOT ".repeat(60_000)));
    compiles(&format!("folder:{}", "*a".repeat(10_000)));
}

#[test]
fn trees_that_are_too_deep_are_refused() {
    let mut query = parse("x");
    for _ in 0..10_000 {
        query = Query::Not(Box::new(query));
    }
    let error = query.to_restriction(&NoNames, &Place::default()).unwrap_err();
    assert_eq!(error.code(), ErrorCode::TOO_COMPLEX);
    assert!(query.to_string().ends_with("..."));
}

/// A fuzzer found that what is quoted had its line breaks.
#[test]
fn what_is_quoted_stays_on_one_line() {
    let text = "\"a\nb\r\u{1}c\"";
    let error = Restriction::parse(text, &NoNames).unwrap_err();
    assert_eq!(error.message(), "`a b \u{fffd}c` is not a known property tag");
    assert_eq!(error.render(text, 80).lines().count(), 3);
}

#[test]
fn an_error_is_short_whatever_it_quotes() {
    let long = "a".repeat(100_000);
    for before in
        ["size:", "received:", "prop:", "has:", "is:", "class:(", "", "sent:1", "folder:/"]
    {
        for after in ["", ":x", "=", ")"] {
            if let Err(error) = try_parse(&format!("{before}{long}{after}")) {
                let told = error.to_string();
                assert!(told.len() < 600, "{before}...{after}: {} bytes", told.len());
            }
        }
    }
    for text in [long.clone(), format!("\"{long}\""), format!("PR_SUBJECT {long}")] {
        let error = Restriction::parse(&text, &NoNames).unwrap_err();
        assert!(error.to_string().len() < 600, "{} bytes", error.to_string().len());
    }
}
