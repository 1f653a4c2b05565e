//! Texts and what they print as, which tells how they were understood.

use mapix_core::prop::{FileTime, PropName, PropTag, guids, tags};
use mapix_core::query::{
    Context, DateField, DateSpan, Held, Mark, Property, Query, SizeRange, Test, Text, TextField,
    Whole,
};
use mapix_core::restriction::RelOp;

use crate::{parse, try_parse};

/// Each text prints as its second half, and that parses to the same query.
fn check(table: &[(&str, &str)]) {
    for (text, printed) in table {
        let query = parse(text);
        assert_eq!(query.to_string(), *printed, "{text}");
        assert_eq!(parse(printed), query, "{text}");
    }
}

#[test]
fn words_phrases_and_prefixes() {
    check(&[
        ("", "*"),
        (" \t ", "*"),
        ("*", "*"),
        ("report", "report"),
        ("  Report ", "Report"),
        ("rep*", "rep*"),
        ("\"quarterly   report\"", "\"quarterly report\""),
        ("\"quarterly rep\"*", "\"quarterly rep\"*"),
        ("\"report\"", "report"),
        ("\"a \\\"b\\\" \\\\ c\"", "\"a \\\"b\\\" \\\\ c\""),
        ("\"a\\b\"", "\"a\\\\b\""),
        ("ann@example.com", "ann@example.com"),
        ("C++ don't R&D", "C++ don't R&D"),
        ("M\u{fc}ller \u{6771}\u{4eac}", "M\u{fc}ller \u{6771}\u{4eac}"),
        ("a\u{3000}b", "a b"),
        ("10:30", "\"10:30\""),
        ("and or not", "and or not"),
        ("\"AND\" \"NOT\"", "\"AND\" \"NOT\""),
        ("ANDy ORange", "ANDy ORange"),
        ("\"subject:x\"", "\"subject:x\""),
        ("\"rep*\"", "\"rep*\""),
        ("\"-x\"", "\"-x\""),
        ("subject:*", "subject:*"),
    ]);
    assert_eq!(parse("report"), Query::text(TextField::Any, Text::Word("report".into())));
    let phrase = Text::Phrase("a b".into());
    assert_eq!(parse("body:\" a b\""), Query::text(TextField::Body, phrase));
    let prefix = Text::Prefix("rep".into());
    assert_eq!(parse("SUBJECT:rep*"), Query::text(TextField::Subject, prefix));
}

#[test]
fn operators() {
    check(&[
        ("a AND b", "a b"),
        ("a b OR c d", "(a b) OR (c d)"),
        ("a AND (b OR c)", "a (b OR c)"),
        ("(a b) c", "a b c"),
        ("(a OR b) OR (c)", "a OR b OR c"),
        ("((((a))))", "a"),
        ("-a", "-a"),
        ("NOT a b", "-a b"),
        ("NOT (a b)", "-(a b)"),
        ("-(a OR b)", "-(a OR b)"),
        ("--a", "a"),
        ("NOT NOT NOT a", "-a"),
        ("-*", "-*"),
        ("* a", "a"),
        ("* OR a", "* OR a"),
        ("a(b)c", "a b c"),
        ("a OR(b)", "a OR b"),
        ("NOT(a)", "-a"),
        ("-subject:a", "-subject:a"),
        ("subject:(a OR -b \"c d\")", "subject:a OR (-subject:b subject:\"c d\")"),
        ("from:(ann to:bob)", "from:ann to:bob"),
    ]);
    let word = |text: &str| Query::text(TextField::Any, Text::new(text).unwrap());
    let expected = Query::or([Query::and([word("a"), word("b")]), word("c").negate()]);
    assert_eq!(parse("a b OR NOT c"), expected);
}

#[test]
fn text_fields() {
    check(&[
        ("from:ann@example.com", "from:ann@example.com"),
        ("to:\"Bob Example\" cc:bob bcc:*", "to:\"Bob Example\" cc:bob bcc:*"),
        ("participants:cl\u{e1}r*", "participants:cl\u{e1}r*"),
        ("filename:report.pdf", "filename:report.pdf"),
        ("filename:.pdf", "filename:.pdf"),
        ("Attachment:minutes", "attachment:minutes"),
        ("class:IPM.Note", "class:IPM.Note"),
        ("class:IPM.No*", "class:IPM.No*"),
        ("category:\"Key customers\"", "category:\"Key customers\""),
        ("category:\"Key c\"*", "category:\"Key c\"*"),
        ("category:*", "category:*"),
        ("message-id:<1@example.com>", "message-id:1@example.com"),
        ("message-id:\" <a b> \"", "message-id:\"a b\""),
        ("Message-ID:1@x", "message-id:1@x"),
    ]);
    assert_eq!(parse("class:*"), Query::Class(Whole::Anything));
    assert_eq!(parse("category:x*"), Query::Category(Whole::StartsWith("x".into())));
}

#[test]
fn dates() {
    check(&[
        ("received:2024", "received:2024"),
        ("received:2024-02", "received:2024-02"),
        ("received:2024-02-29", "received:2024-02-29"),
        ("received:2024-02-29T10", "received:2024-02-29T10:00..2024-02-29T10:59"),
        ("received:2024-02-29T10:30", "received:2024-02-29T10:30"),
        ("received:2024-02-29T10:30:15Z", "received:2024-02-29T10:30:15"),
        ("received:2024-02-29T12:30:15+02:00", "received:2024-02-29T10:30:15"),
        ("received:2024-02-29T10:30:15.1234567", "received:2024-02-29T10:30:15.1234567"),
        (
            "received:2024-02-29T10:30:15.5",
            "received:2024-02-29T10:30:15.5000000..2024-02-29T10:30:15.5999999",
        ),
        ("received:\"2024-02-29 10:30\"", "received:2024-02-29T10:30"),
        ("received:2024-01..2024-06", "received:2024-01..2024-06"),
        ("received:2023-11..2024", "received:2023-11..2024-12"),
        ("received:2024-01..2024-12", "received:2024"),
        ("received:2024..", "received:2024.."),
        ("received:..2024-05-31", "received:..2024-05"),
        ("received:*", "received:*"),
        ("received:=2024", "received:2024"),
        ("received:<2024", "received:..2023"),
        ("received:<=2024", "received:..2024"),
        ("received:>2024", "received:2025.."),
        ("received:>=2024", "received:2024.."),
        ("sent:1601", "sent:1601"),
        ("sent:9999", "sent:9999"),
        ("sent:<=9999", "sent:..9999"),
        ("modified:>\"2024-01-01 00:00\" created:2020", "modified:2024-01-01T00:01.. created:2020"),
    ]);
    let span = |from: &str, until: &str| DateSpan {
        from: Some(FileTime::parse(from).unwrap()),
        until: Some(FileTime::parse(until).unwrap()),
    };
    let february = span("2024-02-01", "2024-03-01");
    let expected = Query::Date { field: DateField::Received, span: february };
    assert_eq!(parse("received:2024-02"), expected);
}

#[test]
fn dates_from_now_on() {
    check(&[
        ("received:now..", "received:2024-05-15T12:30.."),
        ("received:today", "received:2024-05-15"),
        ("received:Yesterday", "received:2024-05-14"),
        ("received:tomorrow", "received:2024-05-16"),
        ("received:this-week", "received:2024-05-13..2024-05-19"),
        ("received:last-week", "received:2024-05-06..2024-05-12"),
        ("received:\"next week\"", "received:2024-05-20..2024-05-26"),
        ("received:this-month", "received:2024-05"),
        ("received:last-month", "received:2024-04"),
        ("received:next-month", "received:2024-06"),
        ("received:this-year", "received:2024"),
        ("received:last-year", "received:2023"),
        ("received:next-year", "received:2025"),
        ("received:last-year..today", "received:2023-01-01..2024-05-15"),
        ("received:7d", "received:2024-05-08T12:30.."),
        ("received:>7d", "received:2024-05-08T12:30.."),
        ("received:<7d", "received:..2024-05-08T12:29"),
        ("received:36h", "received:2024-05-14T00:30.."),
        ("received:2w", "received:2024-05-01T12:30.."),
        ("received:3mo", "received:2024-02-15T12:30.."),
        ("received:17mo", "received:2022-12-15T12:30.."),
        ("received:1y..6mo", "received:2023-05-15T12:30..2023-11-15T12:29"),
    ]);
    let at = |now: &str, text: &str| {
        let context = Context { now: FileTime::parse(now).unwrap() };
        Query::parse(text, &context).unwrap().to_string()
    };
    assert_eq!(at("2024-03-31T10:00:00Z", "sent:1mo"), "sent:2024-02-29T10:00..");
    assert_eq!(at("2024-01-31", "sent:last-month"), "sent:2023-12");
    assert_eq!(at("2024-12-31", "sent:next-month"), "sent:2025-01");
    assert_eq!(at("2024-05-13", "sent:this-week"), "sent:2024-05-13..2024-05-19");
    assert_eq!(at("2024-05-19T23:59:59Z", "sent:this-week"), "sent:2024-05-13..2024-05-19");
    for ticks in [i64::MIN, -1, 0, i64::MAX] {
        for word in ["today", "last-year", "next-month", "this-week", "7d", "9999y", "now"] {
            // No panic, whatever the clock says.
            let context = Context { now: FileTime(ticks) };
            let _ = Query::parse(&format!("received:{word}"), &context);
        }
    }
}

#[test]
fn sizes_and_importance() {
    check(&[
        ("size:100", "size:100"),
        ("size:1m", "size:1m"),
        ("size:>1m", "size:1048577.."),
        ("size:>=1M", "size:1m.."),
        ("size:<1k", "size:..1023"),
        ("size:<=1KB", "size:..1k"),
        ("size:10k..1mib", "size:10k..1m"),
        ("size:..2g", "size:..2g"),
        ("size:0", "size:0"),
        ("size:0..", "size:0.."),
        ("size:1t..", "size:1t.."),
        ("importance:HIGH", "importance:high"),
        ("importance:normal OR importance:low", "importance:normal OR importance:low"),
    ]);
    assert_eq!(parse("size:>1k"), Query::Size(SizeRange { min: Some(1025), max: None }));
}

#[test]
fn marks_and_places() {
    check(&[
        ("is:unread", "is:unread"),
        ("is:Read is:flagged is:complete", "is:read is:flagged is:complete"),
        ("is:draft is:replied is:forwarded", "is:draft is:replied is:forwarded"),
        ("has:attachment", "has:attachment"),
        ("is:hidden OR is:deleted OR is:orphan", "is:hidden OR is:deleted OR is:orphan"),
        ("is:normal", "is:normal"),
        ("folder:Inbox", "folder:Inbox"),
        ("folder:Inbox/Projects/", "folder:Inbox/Projects"),
        ("folder:/Inbox", "folder:/Inbox"),
        ("folder:=Inbox", "folder:=Inbox"),
        ("folder:=\"/Sent Items\"", "folder:=\"/Sent Items\""),
        ("folder:In*x/?", "folder:\"In*x/?\""),
        ("folder:A%2fB", "folder:A%2FB"),
        ("folder:100%25", "folder:100%"),
        ("folder:%2525", "folder:%2525"),
    ]);
    assert_eq!(parse("has:attachment"), Query::Mark(Mark::Attachment));
    let held: Vec<Held> = parse("x -(is:hidden is:orphan)").held().into_iter().collect();
    assert_eq!(held, [Held::Normal, Held::Hidden, Held::Orphan]);
    assert!(parse("x OR -folder:y").needs_folder());
    assert!(!parse("x").needs_folder());
}

#[test]
fn properties() {
    check(&[
        ("prop:PR_SUBJECT", "prop:PR_SUBJECT"),
        ("prop:PidTagSubject=x", "prop:PR_SUBJECT=x"),
        ("prop:0x0037001F~\"a b\"", "prop:PR_SUBJECT~\"a b\""),
        ("prop:PR_SUBJECT_A=x", "prop:PR_SUBJECT_A=x"),
        ("prop:PR_SUBJECT!=\"\"", "prop:PR_SUBJECT!=\"\""),
        ("prop:PR_SUBJECT~*", "prop:PR_SUBJECT~\"*\""),
        ("prop:PR_SUBJECT=<x>", "prop:PR_SUBJECT=\"<x>\""),
        ("prop:PR_SENSITIVITY=2", "prop:PR_SENSITIVITY=2"),
        ("prop:PR_SENSITIVITY<0x10", "prop:PR_SENSITIVITY<16"),
        ("prop:PR_SENSITIVITY>=0xFFFFFFFF", "prop:PR_SENSITIVITY>=-1"),
        ("prop:PR_MESSAGE_FLAGS&0x10", "prop:PR_MESSAGE_FLAGS&0x10"),
        ("prop:PR_HASATTACH=yes", "prop:PR_HASATTACH=true"),
        ("prop:PR_SEARCH_KEY~00ff", "prop:PR_SEARCH_KEY~00FF"),
        ("prop:PR_SEARCH_KEY=\"\"", "prop:PR_SEARCH_KEY=\"\""),
        ("prop:PR_START_DATE=2024-05", "prop:PR_START_DATE=2024-05"),
        ("prop:PR_START_DATE=2024-05..2024-06", "prop:PR_START_DATE=2024-05..2024-06"),
        ("prop:PR_START_DATE>2024-05", "prop:PR_START_DATE=2024-06.."),
        ("prop:PR_START_DATE=*", "prop:PR_START_DATE"),
        ("prop:PR_START_DATE!=2024", "prop:PR_START_DATE -prop:PR_START_DATE=2024"),
        ("prop:PidLidReminderSet=true", "prop:PidLidReminderSet=true"),
        ("prop:dispidReminderSet", "prop:PidLidReminderSet"),
        ("prop:PSETID_Common:0x8503=1", "prop:PidLidReminderSet=true"),
        ("prop:PS_PUBLIC_STRINGS:Keywords=x", "prop:PidNameKeywords=x"),
        (
            "prop:{00062008-0000-0000-C000-000000000046}:0x7FFF",
            "prop:{00062008-0000-0000-C000-000000000046}:0x7FFF",
        ),
        (
            "prop:\"PS_PUBLIC_STRINGS:my \\\"name\\\"\">=\"5 x\"",
            "prop:\"{00020329-0000-0000-C000-000000000046}:my \\\"name\\\"\">=\"5 x\"",
        ),
        ("prop:0x80010003=-5", "prop:0x80010003=-5"),
        ("prop:0x6789", "prop:0x67890000"),
        ("prop:0x70030004=0.5", "prop:0x70030004=0.5"),
        ("prop:0x70040005>-1e300", "prop:0x70040005>-1e300"),
        ("prop:0x70050006=-1.25", "prop:0x70050006=-1.2500"),
        ("prop:0x70060014=0x7FFFFFFFFFFFFFFF", "prop:0x70060014=9223372036854775807"),
        ("prop:0x70070002=0xFFFF", "prop:0x70070002=-1"),
        ("prop:0x70080007<45000.25", "prop:0x70080007<45000.25"),
        (
            "prop:0x70090048=00062008-0000-0000-C000-000000000046",
            "prop:0x70090048={00062008-0000-0000-C000-000000000046}",
        ),
    ]);
    let keywords = PropName::name(guids::PS_PUBLIC_STRINGS, "Keywords");
    let expected = Query::Property { property: Property::Named(keywords), test: Test::Exists };
    assert_eq!(parse("prop:PidNameKeywords"), expected);
    let expected = Query::Property {
        property: Property::Tag(PropTag(0x8001_0003)),
        test: Test::Is(RelOp::Eq, 5.into()),
    };
    assert_eq!(parse("prop:0x80010003=5"), expected);
    let bits =
        Query::Property { property: Property::Tag(tags::MESSAGE_FLAGS), test: Test::Bits(9) };
    assert_eq!(parse("prop:PR_MESSAGE_FLAGS&9"), bits);
}

#[test]
fn trees_made_by_hand_print_as_text_that_means_the_same() {
    let a = parse("a");
    let cases = [
        (Query::And(vec![]), "*"),
        (Query::Or(vec![]), "-*"),
        (Query::And(vec![a.clone()]), "a"),
        (Query::Or(vec![Query::And(vec![]), a.clone()]), "(*) OR a"),
        (Query::Not(Box::new(Query::Not(Box::new(a.clone())))), "--a"),
        (Query::And(vec![Query::And(vec![a.clone(), a.clone()]), a.clone()]), "(a a) a"),
        (Query::Size(SizeRange { min: None, max: None }), "size:0.."),
    ];
    for (query, text) in cases {
        assert_eq!(query.to_string(), text);
        assert!(try_parse(text).is_ok(), "{text}");
    }
    assert_eq!(Query::and([]), Query::All);
    assert_eq!(Query::or([]), Query::All.negate());
    assert_eq!(Query::and([Query::All, a.clone()]), a);
}
