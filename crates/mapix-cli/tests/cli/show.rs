//! `show` and `props`.

use serde_json::Value;

use super::{corpus, mapix};

fn prop<'a>(object: &'a Value, name: &str) -> &'a Value {
    let all = object["properties"].as_array().unwrap();
    all.iter().find(|one| one["name"] == name).unwrap_or(&Value::Null)
}

#[test]
fn a_message_whole() {
    let message = mapix(&["show", "sample:", "@inbox/#1", "--format", "json"]).ok().json();
    let subject = prop(&message, "PR_SUBJECT");
    assert_eq!(subject["tag"], "0x0037001F");
    assert_eq!(subject["type"], "PT_UNICODE");
    assert_eq!(subject["value"], "Regatta plan, third draft");
    assert_eq!(prop(&message, "PR_MESSAGE_FLAGS")["text"], "MSGFLAG_READ | MSGFLAG_HASATTACH");
    let keywords = prop(&message, "PidNameKeywords");
    assert_eq!(keywords["named"]["set_name"], "PS_PUBLIC_STRINGS");
    assert_eq!(keywords["named"]["name"], "Keywords");
    assert_eq!(keywords["value"], serde_json::json!(["Regatta", "This week"]));
    assert_eq!(message["recipients"].as_array().unwrap().len(), 2);
    assert_eq!(
        prop(&message["recipients"][0], "PR_SMTP_ADDRESS")["value"],
        "ada@lakeside-boats.example"
    );
    let data = prop(&message["attachments"][1], "PR_ATTACH_DATA_BIN")["value"].as_str().unwrap();
    assert!(data.len() > 300_000 && data.starts_with("6E756D6265722C"), "values are whole");
}

#[test]
fn messages_in_messages() {
    let message = mapix(&["show", "sample:", "@inbox/#2", "--format", "json"]).ok().json();
    let inside = &message["attachments"][0]["embedded"];
    assert_eq!(prop(inside, "PR_SUBJECT")["value"], "Depth at the north jetty");
    assert_eq!(inside["attachments"].as_array().unwrap().len(), 1);
    let same = mapix(&["show", "sample:", "@inbox/#2/att:1/msg", "--format", "json"]).ok().json();
    assert_eq!(same["properties"], inside["properties"]);
    let text = mapix(&["show", "sample:", "@inbox/#2/att:1/msg"]).ok().out;
    assert!(text.contains("2.4 m at mean low water"), "{text}");
    assert!(mapix(&["show", "sample:", "@inbox/#2/att:1"]).ok().out.contains("/msg"));
}

#[test]
fn values_are_cut_when_asked() {
    let args = ["show", "sample:", "@inbox/#1", "--format", "jsonl", "--max-value", "10"];
    let message = mapix(&args).ok().json();
    let data = prop(&message["attachments"][1], "PR_ATTACH_DATA_BIN");
    assert_eq!(data["value"].as_str().unwrap().len(), 20);
    assert_eq!(data["truncated"], true);
    assert!(data["size"].as_u64().unwrap() > 100_000);
    assert_eq!(prop(&message, "PR_SUBJECT")["value"], "Regatta pl");
}

#[test]
fn bodies() {
    let body =
        |item: &str, which: &str| mapix(&["show", "sample:", item, "--body", which]).ok().out;
    assert!(body("@inbox/#1", "best").contains("here is the third draft"));
    let html = body("@inbox/#3", "best");
    assert!(html.contains("* Larch or oak? <https://woodenboats.example/larch>"), "{html}");
    assert!(html.contains("Caf\u{e9} sur l\u{2019}eau"), "{html}");
    let rtf = body("@inbox/#4", "best");
    assert!(rtf.contains("mooring fees for May below") && rtf.contains("180,00 \u{20ac}"), "{rtf}");
    assert!(body("@inbox/#3", "text").contains("(no body)"));
    assert!(!body("@inbox/#1", "none").contains("third draft of the plan"));
}

#[test]
fn other_objects() {
    let appointment = mapix(&["show", "sample:", "@calendar/#1"]).ok().out;
    assert!(appointment.contains("2026-07-18 08:30:00 UTC") && appointment.contains("North jetty"));
    assert!(mapix(&["show", "sample:", "@contacts/#1"]).ok().out.contains("Lakeside Boats"));
    assert!(mapix(&["show", "sample:", "@inbox"]).ok().out.contains("4 messages"));
    let store = mapix(&["show", "sample:", "--format", "json"]).ok().json();
    assert_eq!((&store["kind"], &store["format"]), (&"store".into(), &"memory".into()));
    assert_eq!(mapix(&["show", "sample:", "--format", "csv"]).code, Some(2));
}

#[test]
fn properties_in_every_form() {
    let json = mapix(&["props", "sample:", "@inbox/#1", "--format", "json"]).ok().json();
    let lines = mapix(&["props", "sample:", "@inbox/#1", "--format", "jsonl"]).ok().lines();
    assert_eq!(json.as_array().unwrap(), &lines);
    let csv = mapix(&["props", "sample:", "@inbox/#1", "--format", "csv"]).ok().out;
    assert!(csv.contains(",0x0037001F,PR_SUBJECT,PT_UNICODE,"), "{csv}");
    let text = mapix(&["props", "sample:", "@inbox/#1"]).ok().out;
    assert!(text.contains("0x00170003  PR_IMPORTANCE  PT_LONG\n            2 = IMPORTANCE_HIGH"));
    assert!(text.contains("= folder nid:0x4 (Inbox)"), "{text}");
    let some = mapix(&["props", "sample:", "@inbox/#1", "--tag", "PidTagSubject,PidNameKeywords"]);
    assert_eq!(some.ok().out.lines().count(), 4);
    let missing = mapix(&["props", "sample:", "@inbox/#1", "--tag", "PR_ATTACH_NUM"]);
    assert_eq!(missing.code, Some(1));
    let rows = mapix(&["props", "sample:", "@inbox/#1", "--recipients", "--format", "jsonl"]);
    assert!(
        rows.ok().lines().iter().any(|one| one["recipient"] == 1 && one["value"] == "Ines Okafor")
    );
    for item in ["@inbox", "@inbox/#1/att:2"] {
        assert!(
            !mapix(&["props", "sample:", item, "--format", "json"])
                .ok()
                .json()
                .as_array()
                .unwrap()
                .is_empty()
        );
    }
}

#[test]
fn what_is_not_there_is_a_usage_error() {
    for item in [
        "Nowhere",
        "@inbox/#99",
        "@inbox/#1/att:9",
        "@inbox/#1/att:1/msg",
        "@nosuch",
        "nid:0x7777",
        "@inbox/#1/Folder",
        "00000000000000000000000000000000000000000000000000",
    ] {
        let run = mapix(&["show", "sample:", item]);
        assert_eq!(run.code, Some(2), "{item}: {}", run.err);
        assert_eq!(run.err.lines().count(), 1, "{item}: {}", run.err);
    }
}

#[test]
fn real_messages_are_shown_whole() {
    for name in ["Outlook.pst", "dist-list.pst", "test_ansi.pst", "submessage.pst"] {
        let Some(path) = corpus(name) else { continue };
        let file = path.to_str().unwrap();
        for item in mapix(&["ls", "-r", "--format", "jsonl", file]).ok().lines() {
            let id = item["entry_id"].as_str().unwrap();
            let message = mapix(&["show", file, id, "--format", "json"]).ok().json();
            assert_eq!(prop(&message, "PR_MESSAGE_CLASS")["value"], item["message_class"], "{id}");
            assert!(!mapix(&["show", file, id]).ok().out.is_empty());
            mapix(&["props", file, id]).ok();
        }
    }
}
