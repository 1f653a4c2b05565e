//! Restrictions as text: what people may write, and what is wrong with what they wrote.

use mapix_core::Result;
use mapix_core::prop::{PropName, PropTag, Value, tags};
use mapix_core::query::{Names, NoNames, Query};
use mapix_core::restriction::{FuzzyLevel, RelOp, Restriction};

/// A store in which every name has the same ID.
struct OneName;

impl Names for OneName {
    fn id_of(&self, _: &PropName) -> Result<Option<u16>> {
        Ok(Some(0x8123))
    }
}

fn read(text: &str) -> Restriction {
    Restriction::parse(text, &OneName).unwrap_or_else(|error| panic!("{}", error.render(text, 99)))
}

#[test]
fn people_write_less_than_is_printed() {
    for (text, printed) in [
        ("PR_SUBJECT exists", "PR_SUBJECT exists"),
        ("0x0037001f EXISTS", "PR_SUBJECT exists"),
        ("PidTagSubject is \"a\" Ignoring  Case", "PR_SUBJECT is \"a\" ignoring case"),
        (
            "PR_SUBJECT exists and not PR_BODY exists or true",
            "((PR_SUBJECT exists) and (not (PR_BODY exists))) or (true)",
        ),
        ("((true))", "true"),
        ("and (true)", "and (true)"),
        ("PR_IMPORTANCE>=0x2", "PR_IMPORTANCE >= 2"),
        ("PR_MESSAGE_FLAGS & 17 = 0", "PR_MESSAGE_FLAGS & 0x11 = 0"),
        ("PR_MESSAGE_FLAGS = 0xFFFFFFF", "PR_MESSAGE_FLAGS = 268435455"),
        (
            "PR_MESSAGE_DELIVERY_TIME < 2024-05-31T14:30:00+02:00",
            "PR_MESSAGE_DELIVERY_TIME < 2024-05-31T12:30:00Z",
        ),
        ("PidLidReminderSet = true", "0x8123000B = true"),
        ("\"PS_PUBLIC_STRINGS:my field\" = 5", "0x81230000 = 5"),
        ("PR_SUBJECT=PR_NORMALIZED_SUBJECT", "PR_SUBJECT = PR_NORMALIZED_SUBJECT"),
        ("PR_SUBJECT = \"a\\u{e9}\\n\\\"\\\\\"", "PR_SUBJECT = \"a\u{e9}\\n\\\"\\\\\""),
    ] {
        assert_eq!(read(text).to_string(), printed, "{text}");
        assert_eq!(read(printed), read(text), "{text}");
    }
    let unknown = Restriction::parse("PidLidReminderSet exists", &NoNames).unwrap();
    assert_eq!(unknown, Restriction::exists(PropTag(0xFFFF_000B)));
}

#[test]
fn trees() {
    for (text, tree) in [
        (
            "any of PR_MESSAGE_RECIPIENTS fits (PR_SMTP_ADDRESS starts with \"ann\" loosely)",
            Restriction::Sub {
                subobject: tags::MESSAGE_RECIPIENTS,
                restriction: Box::new(Restriction::Content {
                    tag: tags::SMTP_ADDRESS,
                    fuzzy: FuzzyLevel::PREFIX | FuzzyLevel::LOOSE,
                    value: "ann".into(),
                }),
            },
        ),
        (
            "the first 3 of (size of PR_BODY > 10)",
            Restriction::Count {
                count: 3,
                restriction: Box::new(Restriction::Size {
                    op: RelOp::Gt,
                    tag: tags::BODY,
                    size: 10,
                }),
            },
        ),
        (
            "comment [PR_COMMENT = \"why\", PR_IMPORTANCE = PT_SHORT 1] (PR_IMPORTANCE = null)",
            Restriction::Comment {
                props: vec![(tags::COMMENT, "why".into()), (tags::IMPORTANCE, Value::I16(1))],
                restriction: Some(Box::new(Restriction::equals(tags::IMPORTANCE, Value::Null))),
            },
        ),
        (
            "PR_SUBJECT content 0x10011 \"a\"",
            Restriction::Content {
                tag: tags::SUBJECT,
                fuzzy: FuzzyLevel(0x1_0011),
                value: "a".into(),
            },
        ),
    ] {
        assert_eq!(Restriction::parse(text, &NoNames).unwrap(), tree);
        assert_eq!(tree.to_string(), text);
    }
}

#[test]
fn what_is_wrong_is_shown_under_its_place() {
    for (text, shown) in [
        ("", "\n^\nthe name of a property is missing (such as PR_SUBJECT, 0x0037001F or"),
        ("PR_SUBJET exists", "\n^^^^^^^^^\n`PR_SUBJET` is not a known property tag"),
        ("PR_SUBJECT", "\n          ^\nwhat is said of the property? (such as:"),
        ("PR_SUBJECT exits", "\n           ^^^^^\nwhat is said of the property?"),
        ("(PR_SUBJECT exists", "\n^\nthis parenthesis is not closed"),
        ("PR_SUBJECT exists)", "\n                 ^\nthis parenthesis was never opened"),
        ("PR_SUBJECT exists PR_BODY exists", "\n                  ^^^^^^^\n`and` or `or` is"),
        ("PR_SUBJECT = \"a", "\n             ^\nthis quote is not closed"),
        ("PR_SUBJECT = \"\\q\"", "\n              ^^\nthis stands for nothing"),
        ("PR_IMPORTANCE = 5000000000", "\n                ^^^^^^^^^^\n`5000000000` does not fit"),
        ("PR_IMPORTANCE = big!", "\n                ^^^\n`big` is not a known property tag"),
        ("PR_IMPORTANCE = 1..2", "\n                ^^^^\n`1..2` is no value"),
        ("PR_MESSAGE_FLAGS & 1 > 0", "\n                     ^\nbits are zero or not"),
        ("PR_SEARCH_KEY = x'0'", "\n                ^^^^\nthese are no bytes"),
        ("PR_SEARCH_KEY = x'00", "\n                ^^\nthese bytes are not closed"),
        ("PR_SUBJECT = [1, \"a\"]", "\n             ^^^^^^^^\nthese values make no list"),
        ("PR_SUBJECT = []", "PR_SUBJECT = []"),
        ("PR_MESSAGE_RECIPIENTS = []", "\n                        ^^\nan empty list needs"),
        ("the first x of (true)", "\n          ^\n`x` is no number"),
        (
            "any of PR_MESSAGE_RECIPIENTS (true)",
            "\n                             ^\n`fits` is missing",
        ),
    ] {
        let found = match Restriction::parse(text, &NoNames) {
            Ok(restriction) => restriction.to_string(),
            Err(error) => error.render(text, 120),
        };
        assert!(found.contains(shown), "{text}:\n{found}\n{shown}");
    }
    let long = "x".repeat(Query::MAX_LENGTH + 1);
    assert!(Restriction::parse(&long, &NoNames).unwrap_err().message().contains("at most"));
}
