//! Every kind of restriction, relation and fuzzy level.

use std::borrow::Cow;
use std::cell::Cell;
use std::io::Read;
use std::ops::ControlFlow;

use mapix_core::prop::{CodePage, PropBag, PropTag, PropType, String8, Value, tags};
use mapix_core::restriction::{Candidate, FuzzyLevel, Matcher, RelOp, Restriction};
use mapix_core::{ErrorCode, Result};

const CATEGORIES: PropTag = PropTag(0x8012_101F);
const NUMBERS: PropTag = PropTag(0x8013_1003);
const KEYS: PropTag = PropTag(0x8014_1102);

fn message() -> PropBag {
    let mut bag = PropBag::new();
    bag.set(tags::SUBJECT, "Re: Über den Quarterly Report");
    bag.set(tags::SENDER_NAME, String8::new(&b"Ren\xE9 Dupont"[..], CodePage::WESTERN));
    bag.set(tags::DISPLAY_TO, "René DUPONT");
    bag.set(tags::MESSAGE_SIZE, 4711);
    bag.set(tags::MESSAGE_FLAGS, 0x11);
    bag.set(tags::HASATTACH, true);
    bag.set(tags::ENTRYID, &b"\x00\x01\x02\x03"[..]);
    bag.set(tags::MESSAGE_CLASS, ErrorCode::CORRUPT_DATA);
    bag.set(CATEGORIES, texts(&["Red Team", "blue"]));
    bag.set(NUMBERS, vec![1, 5]);
    bag.set(KEYS, Value::MvBinary([[1][..].into(), [2, 3][..].into()].into()));
    bag
}

fn holds(restriction: &Restriction) -> bool {
    Matcher::new(restriction).unwrap().matches(&message()).unwrap()
}

fn refusal(restriction: &Restriction) -> ErrorCode {
    Matcher::new(restriction).expect_err(&restriction.to_string()).code()
}

fn texts(texts: &[&str]) -> Value {
    Value::MvUnicode(texts.iter().map(|text| (*text).into()).collect())
}

fn property(tag: PropTag, op: RelOp, value: impl Into<Value>) -> Restriction {
    Restriction::property(tag, op, value)
}

fn content(tag: PropTag, fuzzy: FuzzyLevel, value: impl Into<Value>) -> Restriction {
    Restriction::Content { tag, fuzzy, value: value.into() }
}

fn bits(tag: PropTag, mask: u32, non_zero: bool) -> Restriction {
    Restriction::BitMask { tag, mask, non_zero }
}

fn size(tag: PropTag, op: RelOp, size: u32) -> Restriction {
    Restriction::Size { op, tag, size }
}

fn compare(left: PropTag, op: RelOp, right: PropTag) -> Restriction {
    Restriction::CompareProps { op, left, right }
}

fn always() -> Restriction {
    Restriction::and([])
}

fn never() -> Restriction {
    Restriction::or([])
}

#[test]
fn fuzzy_levels_on_text() {
    use FuzzyLevel as F;
    let table = [
        (F::FULL_STRING, "Re: Über den Quarterly Report", true),
        (F::FULL_STRING, "re: über den quarterly report", false),
        (F::FULL_STRING, "Re: Über", false),
        (F::FULL_STRING | F::IGNORE_CASE, "RE: ÜBER DEN QUARTERLY REPORT", true),
        (F::FULL_STRING | F::IGNORE_CASE, "RE: UBER DEN QUARTERLY REPORT", false),
        (F::FULL_STRING | F::LOOSE, "RE: UBER DEN QUARTERLY REPORT", true),
        (F::SUBSTRING, "Quarterly", true),
        (F::SUBSTRING, "quarterly", false),
        (F::SUBSTRING, "arterl", true),
        (F::SUBSTRING, "", true),
        (F::SUBSTRING | F::IGNORE_CASE, "QUARTERLY", true),
        (F::SUBSTRING | F::IGNORE_CASE, "U\u{308}BER", true),
        (F::SUBSTRING | F::IGNORE_NON_SPACE, "Uber", true),
        (F::SUBSTRING | F::IGNORE_NON_SPACE, "uber", false),
        (F::SUBSTRING | F::IGNORE_NON_SPACE, "Quártérly", true),
        (F::SUBSTRING | F::IGNORE_NON_SPACE | F::IGNORE_CASE, "uber", true),
        (F::SUBSTRING | F::LOOSE, "ｑｕarterly\u{A0}report", true),
        (F::SUBSTRING | F(0x7FF8_0000), "Quarterly", true),
        (F::PREFIX, "Re: ", true),
        (F::PREFIX, "Über", false),
        (F::PREFIX, "Re: Über den Quarterly Report and more", false),
        (F::PREFIX | F::IGNORE_CASE, "re: ü", true),
        (F::PREFIX_ON_ANY_WORD, "Quart", true),
        (F::PREFIX_ON_ANY_WORD, "Quarterly Rep", true),
        (F::PREFIX_ON_ANY_WORD, "Quart Report", false),
        (F::PREFIX_ON_ANY_WORD, "arterly", false),
        (F::PREFIX_ON_ANY_WORD | F::SUBSTRING, "arterly", false),
        (F::PREFIX_ON_ANY_WORD | F::LOOSE, "ub", true),
        (F::PHRASE_MATCH, "Quarterly Report", true),
        (F::PHRASE_MATCH, "Re Über", true),
        (F::PHRASE_MATCH, "Quarterly Rep", false),
        (F::PHRASE_MATCH, "Report Quarterly", false),
        (F::PHRASE_MATCH | F::SUBSTRING | F::IGNORE_CASE, "quarterly report", true),
    ];
    for (fuzzy, pattern, expected) in table {
        let western: Vec<u8> =
            pattern.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect();
        assert_eq!(holds(&content(tags::SUBJECT, fuzzy, pattern)), expected, "{fuzzy} {pattern}");
        if pattern.chars().all(|c| u32::from(c) < 0x100) {
            let narrow = tags::SUBJECT.with_type(PropType::STRING8);
            let pattern = String8::new(western, CodePage::WESTERN);
            assert_eq!(holds(&content(narrow, fuzzy, pattern)), expected, "{fuzzy}");
        }
    }
}

#[test]
fn fuzzy_levels_on_bytes() {
    use FuzzyLevel as F;
    let table: [(FuzzyLevel, &[u8], bool); 9] = [
        (F::FULL_STRING, &[0, 1, 2, 3], true),
        (F::FULL_STRING, &[0, 1, 2], false),
        (F::SUBSTRING, &[1, 2], true),
        (F::SUBSTRING, &[2, 1], false),
        (F::SUBSTRING, &[], true),
        (F::PREFIX, &[0, 1], true),
        (F::PREFIX, &[1, 2], false),
        (F::PREFIX, &[0, 1, 2, 3, 4], false),
        (F::PREFIX | F::LOOSE, &[0], true),
    ];
    for (fuzzy, pattern, expected) in table {
        let restriction = content(tags::ENTRYID, fuzzy, pattern);
        assert_eq!(holds(&restriction), expected, "{restriction}");
    }
}

#[test]
fn content_of_multivalues_fits_if_one_value_does() {
    let cased = FuzzyLevel::PREFIX | FuzzyLevel::IGNORE_CASE;
    assert!(holds(&content(CATEGORIES, cased, "BL")));
    assert!(holds(&content(CATEGORIES, FuzzyLevel::SUBSTRING, "Team")));
    assert!(!holds(&content(CATEGORIES, FuzzyLevel::SUBSTRING, "green")));
    assert!(holds(&content(KEYS, FuzzyLevel::PREFIX, &b"\x02"[..])));
    assert!(!holds(&content(KEYS, FuzzyLevel::PREFIX, &b"\x03"[..])));
    let instances = CATEGORIES.with_type(PropType(0x301F));
    assert!(holds(&content(instances, cased, "BL")));
}

#[test]
fn relations() {
    use RelOp::{Eq, Ge, Gt, Le, Lt, Ne};
    for (right, expected) in [
        (4710, [false, false, true, true, false, true]),
        (4711, [false, true, false, true, true, false]),
        (4712, [true, true, false, false, false, true]),
    ] {
        for (op, expected) in [Lt, Le, Gt, Ge, Eq, Ne].into_iter().zip(expected) {
            let restriction = property(tags::MESSAGE_SIZE, op, right);
            assert_eq!(holds(&restriction), expected, "{restriction}");
        }
    }
    assert!(holds(&Restriction::equals(tags::DISPLAY_TO, "RENÉ dupont")));
    assert!(!holds(&Restriction::equals(tags::DISPLAY_TO, "Rene Dupont")));
    assert!(holds(&Restriction::equals(tags::SENDER_NAME, "rené dupont")));
    assert!(holds(&property(tags::SENDER_NAME, Lt, "renee")));
    assert!(holds(&Restriction::equals(tags::HASATTACH, true)));
    assert!(holds(&property(tags::ENTRYID, Gt, &b"\x00\x01"[..])));
}

#[test]
fn relations_of_multivalues() {
    assert!(holds(&property(NUMBERS, RelOp::Eq, 5)));
    assert!(holds(&property(NUMBERS, RelOp::Lt, 5)));
    assert!(holds(&property(NUMBERS, RelOp::Ne, 5)), "another value differs");
    assert!(!holds(&property(NUMBERS, RelOp::Gt, 5)));
    assert!(holds(&property(NUMBERS, RelOp::Eq, vec![1, 5])));
    assert!(!holds(&property(NUMBERS, RelOp::Eq, vec![5, 1])));
    assert!(holds(&property(NUMBERS, RelOp::Ne, vec![5, 1])));
    assert!(holds(&property(CATEGORIES, RelOp::Eq, "red team")));
    assert!(holds(&property(CATEGORIES, RelOp::Eq, texts(&["RED TEAM", "Blue"]))));
}

#[test]
fn what_is_missing_satisfies_nothing_but_not() {
    use RelOp::{Eq, Ge, Gt, Le, Lt, Ne};
    // The first is absent, the second an error.
    for tag in [tags::BODY, tags::MESSAGE_CLASS] {
        let mut all = vec![
            Restriction::exists(tag),
            content(tag, FuzzyLevel::SUBSTRING, ""),
            content(tag, FuzzyLevel::PHRASE_MATCH, ""),
            compare(tag, Eq, tag),
            compare(tag, Ne, tags::SUBJECT),
            compare(tags::SUBJECT, Ne, tag),
            bits(tag.with_type(PropType::I32), 1, true),
            bits(tag.with_type(PropType::I32), 1, false),
        ];
        for op in [Lt, Le, Gt, Ge, Eq, Ne] {
            all.push(property(tag, op, ""));
            all.push(size(tag, op, 0));
        }
        for restriction in all {
            assert!(!holds(&restriction), "{restriction}");
            assert!(holds(&Restriction::not(restriction.clone())), "{restriction}");
        }
    }
}

#[test]
fn types_known_only_later() {
    let any = |tag: PropTag| tag.with_type(PropType::UNSPECIFIED);
    assert!(holds(&Restriction::equals(any(tags::MESSAGE_SIZE), 4711)));
    assert!(holds(&Restriction::equals(any(NUMBERS), 5)));
    assert!(holds(&Restriction::contains(any(tags::SUBJECT), "report")));
    for op in [RelOp::Eq, RelOp::Ne, RelOp::Lt, RelOp::Gt] {
        assert!(!holds(&property(any(tags::MESSAGE_SIZE), op, "4711")), "{op}");
        assert!(!holds(&compare(any(tags::SUBJECT), op, any(tags::MESSAGE_SIZE))), "{op}");
    }
}

#[test]
fn bits_sizes_existence_and_two_properties() {
    let table = [
        (bits(tags::MESSAGE_FLAGS, 0x01, true), true),
        (bits(tags::MESSAGE_FLAGS, 0x01, false), false),
        (bits(tags::MESSAGE_FLAGS, 0x13, true), true),
        (bits(tags::MESSAGE_FLAGS, 0x02, true), false),
        (bits(tags::MESSAGE_FLAGS, 0x02, false), true),
        (bits(tags::MESSAGE_FLAGS, 0, false), true),
        (size(tags::ENTRYID, RelOp::Eq, 4), true),
        (size(tags::DISPLAY_TO, RelOp::Eq, 22), true),
        (size(tags::SENDER_NAME, RelOp::Eq, 11), true),
        (size(NUMBERS, RelOp::Ge, 8), true),
        (size(NUMBERS, RelOp::Gt, 8), false),
        (Restriction::exists(tags::SUBJECT), true),
        (Restriction::exists(tags::SUBJECT.with_type(PropType::BINARY)), false),
        (Restriction::exists(tags::SUBJECT.with_type(PropType::UNSPECIFIED)), true),
        (compare(tags::SENDER_NAME, RelOp::Eq, tags::DISPLAY_TO), true),
        (compare(tags::SENDER_NAME, RelOp::Lt, tags::SUBJECT), false),
        (compare(tags::MESSAGE_SIZE, RelOp::Gt, tags::MESSAGE_FLAGS), true),
    ];
    for (restriction, expected) in table {
        assert_eq!(holds(&restriction), expected, "{restriction}");
    }
    let mut bag = PropBag::new();
    bag.set(tags::MESSAGE_FLAGS, Value::I16(-1));
    let high = Matcher::new(&bits(tags::MESSAGE_FLAGS.with_type(PropType::I16), 0x1_0000, true));
    assert!(!high.unwrap().matches(&bag).unwrap());
}

#[test]
fn logic() {
    let table = [
        (always(), true),
        (never(), false),
        (Restriction::and([always(), never()]), false),
        (Restriction::or([never(), always()]), true),
        (Restriction::not(never()), true),
        (Restriction::Comment { props: Vec::new(), restriction: None }, true),
        (Restriction::Comment { props: Vec::new(), restriction: Some(Box::new(never())) }, false),
    ];
    for (restriction, expected) in table {
        assert_eq!(holds(&restriction), expected, "{restriction}");
    }
}

#[test]
fn what_is_refused() {
    let sub =
        |subobject, restriction| Restriction::Sub { subobject, restriction: Box::new(restriction) };
    let mut wrong = vec![
        content(tags::SUBJECT, FuzzyLevel(0x3), "x"),
        content(tags::SUBJECT, FuzzyLevel(0x30), "x"),
        content(tags::ENTRYID, FuzzyLevel::PHRASE_MATCH, &b"x"[..]),
        content(tags::SUBJECT, FuzzyLevel::SUBSTRING, &b"x"[..]),
        content(tags::MESSAGE_SIZE, FuzzyLevel::SUBSTRING, 1),
        content(CATEGORIES, FuzzyLevel::SUBSTRING, texts(&["x"])),
        property(tags::SUBJECT, RelOp::Eq, 1),
        property(tags::MESSAGE_SIZE, RelOp::Eq, 1_i64),
        property(tags::MESSAGE_SIZE, RelOp::Eq, vec![1]),
        property(tags::SUBJECT, RelOp::Re, ".*"),
        property(tags::SENDER_ENTRYID, RelOp::MemberOfDl, &b"x"[..]),
        property(PropTag(0x3000_000D), RelOp::Eq, Value::Object([].into())),
        property(PropTag(0x3000_000A), RelOp::Eq, ErrorCode::NOT_FOUND),
        property(PropTag(0x3000_0001), RelOp::Eq, Value::Null),
        property(tags::SUBJECT, RelOp::Eq, Value::Large(PropType::UNICODE, 1)),
        property(tags::MESSAGE_SIZE, RelOp::Eq, Value::Raw(PropType::I32, [1].into())),
        compare(tags::SUBJECT, RelOp::Eq, tags::MESSAGE_SIZE),
        compare(NUMBERS, RelOp::Eq, tags::MESSAGE_SIZE),
        compare(tags::SUBJECT, RelOp::Re, tags::SUBJECT),
        size(tags::SUBJECT, RelOp::Re, 1),
        bits(tags::SUBJECT, 1, true),
        sub(tags::SUBJECT, always()),
        sub(tags::MESSAGE_RECIPIENTS, sub(tags::MESSAGE_ATTACHMENTS, always())),
        Restriction::Or(vec![always(); Restriction::MAX_NODES]),
    ];
    let mut deep = always();
    for _ in 1..Restriction::MAX_DEPTH {
        deep = Restriction::not(deep);
    }
    assert!(Matcher::new(&deep).unwrap().matches(&message()).is_ok());
    assert!(deep.to_string().contains("true"));
    wrong.push(Restriction::not(deep));
    for restriction in wrong {
        let shown: String = restriction.to_string().chars().take(200).collect();
        assert_eq!(refusal(&restriction), ErrorCode::TOO_COMPLEX, "{shown}");
        assert_eq!(refusal(&Restriction::and([restriction])), ErrorCode::TOO_COMPLEX);
    }
}

#[test]
fn trees_of_any_depth_are_measured_without_the_stack() {
    let mut deep = Restriction::exists(tags::SUBJECT);
    for _ in 0..1_000_000 {
        deep = Restriction::not(deep);
    }
    assert_eq!(deep.node_count(), 1_000_001);
    assert_eq!(deep.columns(), [tags::SUBJECT]);
    assert!(!deep.needs_subobjects());
    assert_eq!(refusal_of(&deep), ErrorCode::TOO_COMPLEX);
    assert!(deep.to_string().contains("..."));
    // Dropping is the business of who made it: here, level by level.
    while let Restriction::Not(inner) = deep {
        deep = *inner;
    }
}

fn refusal_of(restriction: &Restriction) -> ErrorCode {
    Matcher::new(restriction).map(|_| ()).unwrap_err().code()
}

#[test]
fn columns() {
    let restriction = Restriction::and([
        Restriction::contains(tags::SUBJECT, "x"),
        Restriction::or([
            compare(tags::SENDER_NAME, RelOp::Eq, tags::SUBJECT),
            Restriction::not(bits(tags::MESSAGE_FLAGS, 1, true)),
            size(tags::BODY, RelOp::Gt, 10),
            Restriction::exists(CATEGORIES.with_type(PropType(0x301F))),
        ]),
    ]);
    let expected = [tags::SUBJECT, tags::SENDER_NAME, tags::MESSAGE_FLAGS, tags::BODY, CATEGORIES];
    let mut expected = expected.to_vec();
    expected.sort_unstable();
    assert_eq!(restriction.columns(), expected);
    assert!(!restriction.needs_subobjects());
    assert_eq!(restriction.node_count(), 8);
    let sub = Restriction::Sub {
        subobject: tags::MESSAGE_RECIPIENTS,
        restriction: Box::new(Restriction::exists(tags::SMTP_ADDRESS)),
    };
    assert_eq!(sub.columns(), []);
    assert!(Restriction::not(sub).needs_subobjects());
}

#[test]
fn as_text() {
    let table = [
        (
            Restriction::and([
                Restriction::contains(tags::SUBJECT, "a \"b\""),
                property(tags::MESSAGE_SIZE, RelOp::Gt, 100),
            ]),
            r#"(SUBJECT contains "a \"b\"" ignoring case) and (SIZE > 100)"#,
        ),
        (
            Restriction::or([
                Restriction::not(Restriction::exists(tags::SUBJECT)),
                bits(tags::MESSAGE_SIZE, 0x11, false),
            ]),
            "(not (SUBJECT exists)) or (SIZE & 0x11 = 0)",
        ),
        (size(tags::SUBJECT, RelOp::Le, 10), "size of SUBJECT <= 10"),
        (compare(tags::SUBJECT, RelOp::Ne, tags::SUBJECT), "SUBJECT != SUBJECT"),
        (
            content(tags::SUBJECT, FuzzyLevel::PREFIX | FuzzyLevel::LOOSE, "x"),
            r#"SUBJECT starts with "x" loosely"#,
        ),
        (Restriction::equals(tags::SUBJECT, vec![1, 2]), "SUBJECT = [1, 2]"),
        (Restriction::equals(tags::SUBJECT, &b"\x0A\xFF"[..]), "SUBJECT = x'0AFF'"),
        (Restriction::Count { count: 3, restriction: Box::new(always()) }, "the first 3 of (true)"),
        (
            Restriction::Sub { subobject: tags::MESSAGE_SIZE, restriction: Box::new(never()) },
            "any of SIZE fits (false)",
        ),
    ];
    for (restriction, expected) in table {
        // Names are given by another part; here it is about the form.
        let expected = expected
            .replace("SUBJECT", &tags::SUBJECT.to_string())
            .replace("SIZE", &tags::MESSAGE_SIZE.to_string());
        assert_eq!(restriction.to_string(), expected);
    }
}

/// A message in a store: rows below it, and large values that are counted when they are read.
#[derive(Default)]
struct Stored {
    props: PropBag,
    recipients: Vec<PropBag>,
    body: String,
    data: Vec<u8>,
    loads: Cell<u32>,
    seen: Cell<u32>,
}

impl Candidate for Stored {
    fn value(&self, tag: PropTag) -> Result<Option<Cow<'_, Value>>> {
        match tag {
            tags::BODY => {
                let size = self.body.len() as u64 * 2;
                Ok(Some(Cow::Owned(Value::Large(PropType::UNICODE, size))))
            }
            tags::BODY_HTML => Ok(Some(Cow::Owned(Value::Error(ErrorCode::NOT_ENOUGH_MEMORY)))),
            tags::ATTACH_DATA_BIN => {
                Ok(Some(Cow::Owned(Value::Large(PropType::BINARY, self.data.len() as u64))))
            }
            tags::DISPLAY_CC => Ok(Some(Cow::Owned(Value::Large(PropType::UNICODE, u64::MAX)))),
            _ => self.props.value(tag),
        }
    }

    fn load(&self, tag: PropTag) -> Result<Value> {
        self.loads.set(self.loads.get() + 1);
        assert!(tag == tags::BODY || tag == tags::BODY_HTML, "{tag} need not be loaded");
        Ok(self.body.as_str().into())
    }

    fn open(&self, _: PropTag) -> Result<Box<dyn Read + '_>> {
        Ok(Box::new(&self.data[..]))
    }

    fn subobjects(
        &self,
        tag: PropTag,
        each: &mut dyn FnMut(&dyn Candidate) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        assert_eq!(tag, tags::MESSAGE_RECIPIENTS);
        for recipient in &self.recipients {
            self.seen.set(self.seen.get() + 1);
            if each(recipient)?.is_break() {
                break;
            }
        }
        Ok(())
    }
}

fn stored() -> Stored {
    let recipient = |name: &str| {
        let mut bag = PropBag::new();
        bag.set(tags::DISPLAY_TO, name);
        bag
    };
    let mut data = vec![0; 200_000];
    data[150_000..150_003].copy_from_slice(b"abc");
    Stored {
        props: message(),
        recipients: ["Ann", "Bob", "Cy"].map(recipient).into(),
        body: "A long body".to_owned(),
        data,
        ..Stored::default()
    }
}

#[test]
fn large_values_are_loaded_only_if_they_decide() {
    let check = |restriction: Restriction| {
        let stored = stored();
        let found = Matcher::new(&restriction).unwrap().matches(&stored).unwrap();
        (found, stored.loads.get())
    };
    let body = || Restriction::contains(tags::BODY, "LONG");
    assert_eq!(check(body()), (true, 1));
    assert_eq!(check(Restriction::contains(tags::BODY_HTML, "LONG")), (true, 1));
    assert_eq!(check(Restriction::exists(tags::BODY)), (true, 0));
    assert_eq!(check(Restriction::exists(tags::BODY_HTML)), (true, 0));
    assert_eq!(check(size(tags::BODY, RelOp::Eq, 22)), (true, 0));
    assert_eq!(check(size(tags::BODY_HTML, RelOp::Eq, 22)), (true, 1));
    assert_eq!(check(size(tags::DISPLAY_CC, RelOp::Gt, u32::MAX)), (true, 0));
    assert_eq!(check(Restriction::and([body(), never()])), (false, 0), "cheap ones come first");
    assert_eq!(check(compare(tags::BODY, RelOp::Eq, tags::SENDER_EMAIL_ADDRESS)), (false, 0));
    assert_eq!(check(compare(tags::BODY, RelOp::Gt, tags::SUBJECT)), (false, 1));
    let data = |level, bytes: &[u8]| content(tags::ATTACH_DATA_BIN, level, bytes);
    assert_eq!(check(data(FuzzyLevel::SUBSTRING, b"\0abc\0")), (true, 0), "it is streamed");
    assert_eq!(check(data(FuzzyLevel::PREFIX, b"\0\0")), (true, 0));
    assert_eq!(check(data(FuzzyLevel::FULL_STRING, b"\0\0")), (false, 0));
    let huge = Matcher::new(&Restriction::contains(tags::DISPLAY_CC, "x")).unwrap();
    assert_eq!(huge.matches(&stored()).unwrap_err().code(), ErrorCode::TOO_BIG);
    let mut bag = PropBag::new();
    bag.set(tags::BODY, Value::Large(PropType::UNICODE, 10));
    let code = Matcher::new(&body()).unwrap().matches(&bag).unwrap_err().code();
    assert_eq!(code, ErrorCode::TOO_COMPLEX, "a bag alone has nothing to load from");
}

#[test]
fn one_of_the_recipients_must_fit() {
    let sub = |restriction| Restriction::Sub {
        subobject: tags::MESSAGE_RECIPIENTS,
        restriction: Box::new(restriction),
    };
    let name = |name: &str| sub(Restriction::equals(tags::DISPLAY_TO, name));
    let check = |restriction: &Restriction| {
        let stored = stored();
        (Matcher::new(restriction).unwrap().matches(&stored).unwrap(), stored.seen.get())
    };
    assert_eq!(check(&name("bob")), (true, 2), "it stops at the first one");
    assert_eq!(check(&name("dan")), (false, 3));
    assert_eq!(check(&sub(Restriction::not(Restriction::exists(tags::DISPLAY_TO)))), (false, 3));
    assert_eq!(check(&Restriction::and([name("bob"), never()])), (false, 0));
    let code = Matcher::new(&name("bob")).unwrap().matches(&message()).unwrap_err().code();
    assert_eq!(code, ErrorCode::TOO_COMPLEX);
}

#[test]
fn counts_belong_to_a_pass() {
    let count =
        |count, restriction| Restriction::Count { count, restriction: Box::new(restriction) };
    let rows: Vec<PropBag> = (0..10)
        .map(|number| {
            let mut bag = PropBag::new();
            bag.set(tags::MESSAGE_SIZE, number);
            bag
        })
        .collect();
    let odd = || bits(tags::MESSAGE_SIZE, 1, true);
    let pass = |restriction: &Restriction| {
        let matcher = Matcher::new(restriction).unwrap();
        let mut counter = matcher.counter();
        let found: Vec<usize> = (0..rows.len())
            .filter(|row| matcher.matches_next(&mut counter, &rows[*row]).unwrap())
            .collect();
        (found, counter.is_spent())
    };
    assert_eq!(pass(&count(2, odd())), (vec![1, 3], true));
    assert_eq!(pass(&count(0, odd())), (vec![], true));
    assert_eq!(pass(&count(9, odd())), (vec![1, 3, 5, 7, 9], false));
    let both = Restriction::or([count(1, odd()), count(2, Restriction::not(odd()))]);
    assert_eq!(pass(&both), (vec![0, 1, 2], false));
    let matcher = Matcher::new(&count(1, odd())).unwrap();
    assert!(matcher.matches(&rows[1]).unwrap());
    assert!(matcher.matches(&rows[3]).unwrap(), "without a counter there is no limit");
    let mut other = Matcher::new(&odd()).unwrap().counter();
    let code = matcher.matches_next(&mut other, &rows[1]).unwrap_err().code();
    assert_eq!(code, ErrorCode::INVALID_PARAMETER);
}

#[test]
fn a_matcher_serves_many_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Matcher>();
}
