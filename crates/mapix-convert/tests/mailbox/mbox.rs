//! Mailbox files.

use std::io::Write;

use mapix_convert::{Mbox, MboxMail};
use proptest::prelude::*;

use crate::{Directory, text};

const FROM: &str = "From ann@example.org Thu May  2 10:00:00 2024\n";

fn mails(content: impl AsRef<[u8]>) -> Vec<MboxMail> {
    let directory = Directory::new();
    let path = directory.put("box", content);
    Mbox::open(&path).unwrap().map(Result::unwrap).collect()
}

fn texts(content: impl AsRef<[u8]>) -> Vec<String> {
    mails(content).iter().map(|mail| text(&mail.bytes)).collect()
}

#[test]
fn one_after_the_other() {
    let one = "Subject: 1\n\none\n";
    let two = "Subject: 2\n\ntwo\n\n";
    let content = format!("{FROM}{one}\n{FROM}{two}\n");
    let found = mails(&content);
    assert_eq!(found.iter().map(|mail| text(&mail.bytes)).collect::<Vec<_>>(), [one, two]);
    assert_eq!(found[0].sender.as_deref(), Some("ann@example.org"));
    assert_eq!(found[0].date.unwrap().to_string(), "2024-05-02T10:00:00Z");
    let offset = (FROM.len() + one.len() + 1) as u64;
    assert_eq!([found[0].offset, found[1].offset], [0, offset]);
    // From there on it is read alike.
    let directory = Directory::new();
    let path = directory.put("box", &content);
    let again: Vec<MboxMail> = Mbox::open_at(&path, offset).unwrap().map(Result::unwrap).collect();
    assert_eq!((again.len(), again[0].offset, text(&again[0].bytes).as_str()), (1, offset, two));
    let crlf = content.replace('\n', "\r\n");
    assert_eq!(texts(crlf), [one.replace('\n', "\r\n"), two.replace('\n', "\r\n")]);
    assert!(texts("").is_empty() && texts("\n\n").is_empty());
    assert_eq!(texts(format!("\n\n{FROM}Subject: x\n")), ["Subject: x\n"]);
}

#[test]
fn quoted_lines() {
    let mail = "Subject: 1\n\n>From here\n>>From there\n> From\nFrom what I know, it is\n";
    let plain = "Subject: 1\n\nFrom here\n>From there\n> From\nFrom what I know, it is\n";
    assert_eq!(texts(format!("{FROM}{mail}")), [plain]);
}

#[test]
fn lines_that_lie() {
    // After an empty line, with a date, but text follows.
    let one = format!("Subject: 1\n\nHe wrote:\n\n{FROM}\u{20}and so on\n");
    // A header without an empty line before it.
    let content = format!("{FROM}{one}{FROM}Subject: 2\n\nx\n\nFrom here on\nNote: this\n");
    assert_eq!(texts(content), [one.as_str(), "Subject: 2\n\nx\n\nFrom here on\nNote: this\n"]);
}

#[test]
fn lengths() {
    let inner = format!("{FROM}Subject: inner\n\ntext\n>From x\n");
    let with = |length: usize| format!("{FROM}Subject: 1\nContent-Length: {length}\n\n{inner}");
    let mail = |length: usize| format!("Subject: 1\nContent-Length: {length}\n\n{inner}");
    // It is trusted if it leads to a mail or to the end; nothing in it is quoted then.
    let right = inner.len();
    let content = format!("{}\n{FROM}Subject: 2\n\nx\n", with(right));
    assert_eq!(texts(content), [mail(right), "Subject: 2\n\nx\n".into()]);
    assert_eq!(texts(with(right)), [mail(right)]);
    // Else it is not.
    for wrong in [0, 5, right - 2, right + 1, usize::MAX / 3, usize::MAX] {
        let found = texts(with(wrong));
        let head = format!("Subject: 1\nContent-Length: {wrong}\n");
        assert_eq!(found, [head, "Subject: inner\n\ntext\nFrom x\n".into()], "{wrong}");
    }
    // A bare line is not in it: the others are quoted.
    let quoted = ">From x\n";
    let content = format!("{FROM}Content-Length: {}\n\n{quoted}", quoted.len());
    assert_eq!(texts(content), ["Content-Length: 8\n\nFrom x\n"]);
}

#[test]
fn what_is_no_mailbox_is_one_mail() {
    let mail = "Subject: a\n\nb\n";
    assert_eq!(texts(mail), [mail]);
    let content = format!("lost beginning\n\n{FROM}{mail}");
    assert_eq!(texts(content), ["lost beginning\n", mail]);
}

#[test]
fn large_mails_stay_in_the_file() {
    let directory = Directory::new();
    let path = directory.path().join("box");
    let mut file = std::fs::File::create(&path).unwrap();
    let mut expected = "Subject: large\n\n".to_owned();
    file.write_all(FROM.as_bytes()).unwrap();
    file.write_all(expected.as_bytes()).unwrap();
    let line = "x".repeat(200_000);
    for number in 0..100 {
        writeln!(file, ">From {number}\n{line}").unwrap();
        expected.extend(["From ", &number.to_string(), "\n", &line, "\n"]);
    }
    write!(file, "\n{FROM}Subject: 2\n\nx\n").unwrap();
    drop(file);
    let found: Vec<MboxMail> = Mbox::open(&path).unwrap().map(Result::unwrap).collect();
    assert_eq!(found.len(), 2);
    assert_eq!(found[0].bytes.len(), expected.len() as u64);
    assert!(text(&found[0].bytes) == expected);
    assert_eq!(text(&found[1].bytes), "Subject: 2\n\nx\n");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever mails are written as mboxrd has it, they come back.
    #[test]
    fn what_is_written_is_read(
        bodies in prop::collection::vec("([a>F:]|From |\n|From a@b Thu May  2 10:00:00 2024\n){0,20}", 1..5),
    ) {
        let mut content = String::new();
        let mut expected = Vec::new();
        for body in &bodies {
            let mail = format!("Subject: x\n\n{body}\n");
            expected.push(mail.clone());
            content.push_str(FROM);
            for line in mail.split_inclusive('\n') {
                if line.trim_start_matches('>').starts_with("From ") {
                    content.push('>');
                }
                content.push_str(line);
            }
            content.push('\n');
        }
        prop_assert_eq!(texts(&content), expected);
    }

    /// No byte is lost: pieces in any order give mails whose lines are those of the file.
    #[test]
    fn anything_is_kept(
        pieces in prop::collection::vec(
            prop_oneof![
                Just(FROM), Just("From you\n"), Just("Subject: x\n"), Just("\n"), Just("\r\n"),
                Just("Content-Length: 10\n"), Just("Content-Length: 50\n"), Just("text\n"), Just("cut"),
            ],
            0..20,
        ),
    ) {
        let content = pieces.concat();
        let mut kept: usize = 0;
        let found = mails(&content);
        for mail in &found {
            let all = text(&mail.bytes);
            prop_assert!(content[mail.offset as usize..].contains(&all));
            kept += all.lines().filter(|line| !line.is_empty()).count();
        }
        let begun = found.iter().filter(|mail| mail.sender.is_some()).count();
        let lines = content.lines().filter(|line| !line.is_empty()).count();
        prop_assert_eq!(kept + begun, lines);
    }
}
