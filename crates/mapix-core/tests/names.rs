//! The name tables: every row goes both ways, and the rules of the lookups hold.

use std::collections::BTreeMap;
use std::path::Path;

use mapix_core::names::{
    FlagKind, TagInfo, describe_field, describe_value, error_by_name, error_info, error_meaning,
    error_name, error_names, flag_by_name, flags_for, guid_by_name, guid_info, guid_name,
    named_by_name, named_info, named_name, parse_error, parse_named, parse_tag, search_errors,
    search_flags, search_guids, search_named, search_tags, tag_canonical, tag_info, tag_name,
    tags_named, tags_with_id,
};
use mapix_core::prop::{Guid, NameKind, PropName, PropTag, PropType, Value, guids, tags};
use mapix_core::{ErrorCode, Result};

fn rows<const N: usize>(text: &'static str) -> Vec<[&'static str; N]> {
    let row = |line: &'static str| {
        let cells: Vec<_> = line.split('\t').collect();
        cells.try_into().unwrap_or_else(|_| panic!("not {N} cells: {line}"))
    };
    text.lines().skip(1).map(row).collect()
}

fn hex(cell: &str) -> u32 {
    u32::from_str_radix(cell, 16).unwrap()
}

fn list(cell: &str) -> impl Iterator<Item = &str> {
    cell.split(',').filter(|name| !name.is_empty())
}

#[test]
fn every_tag_goes_both_ways() {
    let rows = rows::<6>(include_str!("../names/tags.tsv"));
    assert!(rows.len() > 2_000);
    for [tag, name, canonical, other_names, area, documented] in rows {
        let tag = PropTag(hex(tag));
        let info = tags_with_id(tag.id()).iter().find(|info| info.tag == tag).unwrap();
        assert_eq!((info.name, info.canonical.unwrap_or("")), (name, canonical));
        assert_eq!((info.area.unwrap_or(""), info.documented), (area, documented == "d"));
        assert_eq!(info.is_address_book(), tag.id() >= 0x8000);
        for one in [name, canonical].into_iter().chain(list(other_names)) {
            if one.is_empty() {
                continue;
            }
            assert!(info.names().any(|other| other == one), "{one}");
            assert!(tags_named(one).contains(&tag), "{one}");
            assert_eq!(tags_named(&one.to_lowercase()), tags_named(&one.to_uppercase()), "{one}");
            assert!(search_tags(one).any(|found| found.tag == tag), "{one}");
        }
        if tag.id() < 0x8000 {
            assert_eq!(tag_name(tag), Some(name));
            assert_eq!(tag_info(tag), Some(info));
        } else {
            assert_eq!(tag_name(tag), None);
        }
    }
}

#[test]
fn a_preferred_name_leads_back_to_its_tag() {
    // One password is told apart by a type that no value has.
    let exceptions = [0x0102_801F, 0x0205_801F];
    for id in 0..0x8000 {
        for info in tags_with_id(id) {
            let widths = [PropType::STRING8, PropType::UNICODE];
            let is_plain_string =
                widths.contains(&info.tag.prop_type()) && info.name.starts_with("PR_");
            let own = [info.tag.prop_type()];
            for prop_type in if is_plain_string { &widths[..] } else { &own } {
                let tag = info.tag.with_type(*prop_type);
                let name = tag_name(tag).unwrap();
                if !exceptions.contains(&tag.0) {
                    assert_eq!(parse_tag(name).unwrap(), tag, "{name}");
                }
            }
        }
    }
}

#[test]
fn tag_names_follow_the_conventions() {
    let name = |tag| tag_name(PropTag(tag));
    assert_eq!(name(0x0037_001F), Some("PR_SUBJECT"));
    assert_eq!(name(0x0037_001E), Some("PR_SUBJECT_A"));
    assert_eq!(name(0x0E07_0003), Some("PR_MESSAGE_FLAGS"));
    assert_eq!(name(0x1013_0102), Some("PR_HTML"));
    assert_eq!(name(0x1013_001F), Some("PR_BODY_HTML"));
    assert_eq!(tag_canonical(tags::SUBJECT), Some("PidTagSubject"));
    assert_eq!(tag_canonical(PropTag(0x5D08_001E)), Some("PidTagReceivedRepresentingSmtpAddress"));
    assert_eq!(tags::SUBJECT.to_string(), "PR_SUBJECT");
}

#[test]
fn tags_of_other_types_have_names_where_these_are_certain() {
    let name = |tag| tag_name(PropTag(tag));
    // The other width of a string.
    assert_eq!(name(0x10F1_001E), Some("PR_OWA_URL"));
    assert_eq!(name(0x10F1_001F), Some("PR_OWA_URL_W"));
    assert_eq!(name(0x0418_001E), Some("PR_SPAM_TRUSTED_SENDERS_A"));
    assert_eq!(name(0x6806_001E), Some("PidTagCallId"));
    // No type: whatever is most likely meant.
    assert_eq!(name(0x1000_0000), Some("PR_BODY"));
    assert_eq!(name(0x1000_000A), Some("PR_BODY"));
    assert_eq!(name(0x3701_000A), Some("PR_ATTACH_DATA_BIN"));
    // A column of the single values of a multivalue.
    assert_eq!(name(0x0083_301F), Some("PR_REPORT_DISPOSITION_TO_NAMES"));
    // Another type: one property, one documented property, several documented ones.
    assert_eq!(name(0x0E07_0014), Some("PR_MESSAGE_FLAGS"));
    assert_eq!(name(0x1000_0102), Some("PR_BODY"));
    assert_eq!(name(0x0E08_0005), None);
    // Private and named IDs say nothing without their type.
    assert_eq!(name(0x67FF_0003), Some("PR_PST_PASSWORD"));
    assert_eq!(name(0x67FF_0102), None);
    assert_eq!(name(0x8004_001F), None);
    assert_eq!(name(0x8004_0000), None);
}

#[test]
fn tags_are_read_in_all_spellings() -> Result<()> {
    for text in [
        "PR_SUBJECT",
        "PR_SUBJECT_W",
        "pr_subject",
        "PidTagSubject",
        "pidtagsubject",
        "0x0037001F",
        "0X0037001f",
        "0037001F",
        "0x37001F",
        "0x0037",
        "0x37",
        "0037",
        " PR_SUBJECT ",
    ] {
        assert_eq!(parse_tag(text)?, tags::SUBJECT, "{text}");
    }
    assert_eq!(parse_tag("PR_SUBJECT_A")?, PropTag(0x0037_001E));
    assert_eq!(parse_tag("PR_OWA_URL_W")?, PropTag(0x10F1_001F));
    assert_eq!(parse_tag("PR_OWA_URL_A")?, PropTag(0x10F1_001E));
    assert_eq!(parse_tag("PR_SPAM_TRUSTED_SENDERS")?, PropTag(0x0418_001F));
    assert_eq!(parse_tag("ptagMessageSize")?, tags::MESSAGE_SIZE);
    assert_eq!(parse_tag("PR_EMS_AB_FOLDER_PATHNAME")?, PropTag(0x8004_001F));
    assert_eq!(parse_tag("0x8004")?, PropTag(0x8004_0000));
    assert_eq!(parse_tag("0x7E01")?, PropTag(0x7E01_0000));
    Ok(())
}

#[test]
fn unknown_names_bring_near_ones() {
    let message = |text| parse_tag(text).unwrap_err().to_string();
    let error = parse_tag("PR_SUBJCT").unwrap_err();
    assert_eq!(error.code(), ErrorCode::NOT_FOUND);
    assert_eq!(
        error.to_string(),
        "`PR_SUBJCT` is not a known property tag: did you mean PR_SUBJECT?"
    );
    assert!(message("subject").contains("did you mean PR_SUBJECT,"), "{}", message("subject"));
    assert!(message("PR_MESAGE_FLAGS").contains("PR_MESSAGE_FLAGS"));
    assert_eq!(message("xyzzyxyzzy"), "`xyzzyxyzzy` is not a known property tag");
    for odd in ["", "0x", "_A", "é", "0x123456789", "PR_SUBJECT_É", "\u{0}"] {
        assert!(parse_tag(odd).is_err(), "{odd}");
    }
    let error = parse_error("MAPI_E_NOTFOUND").unwrap_err().to_string();
    assert!(error.contains("MAPI_E_NOT_FOUND"), "{error}");
    let error = parse_named("PidLidRemindrSet").unwrap_err().to_string();
    assert!(error.contains("PidLidReminderSet"), "{error}");
    let error = parse_named("PSETID_Comon:0x8503").unwrap_err().to_string();
    assert!(error.contains("PSETID_Common"), "{error}");
}

#[test]
fn searches_take_words() {
    assert!(search_tags("delivery time").any(|info| info.name == "PR_MESSAGE_DELIVERY_TIME"));
    assert!(search_tags("EMS_AB manager").any(TagInfo::is_address_book));
    assert!(search_tags("0x0037").all(|info| info.tag.id() == 0x0037));
    assert_eq!(search_tags("0x0037001F").count(), 1);
    assert!(search_errors("disk").any(|info| info.name == "MAPI_E_NOT_ENOUGH_DISK"));
    assert_eq!(search_errors("0x8004010F").next().map(|info| info.name), Some("MAPI_E_NOT_FOUND"));
    assert!(search_named("common reminder").any(|info| info.name == "PidLidReminderSet"));
    assert_eq!(search_guids("00062008").next().map(|info| info.name), Some("PSETID_Common"));
    assert_eq!(search_flags("msgflag_hasattach").count(), 1);
    assert_eq!(search_tags("nothing has this name").count(), 0);
}

#[test]
fn every_error_goes_both_ways() {
    let rows = rows::<2>(include_str!("../names/errors.tsv"));
    assert!(rows.len() >= 250);
    for [code, name] in rows {
        let code = ErrorCode(hex(code));
        assert_eq!(error_by_name(name), Some(code));
        assert_eq!(error_by_name(&name.to_lowercase()), Some(code));
        assert!(error_names(code).contains(&name));
        assert!(search_errors(name).any(|info| info.code == code));
        if name.starts_with("MAPI_") {
            assert_eq!(error_name(code), Some(name));
            assert!(error_meaning(code).is_some(), "{name}");
        }
    }
    for [name, meaning] in self::rows::<2>(include_str!("../names/meanings.tsv")) {
        let info = error_info(error_by_name(name).unwrap()).unwrap();
        assert_eq!((info.name, info.meaning), (name, Some(meaning)));
    }
}

#[test]
fn errors_are_read_in_all_spellings() -> Result<()> {
    for text in [
        "MAPI_E_NOT_FOUND",
        "mapi_e_not_found",
        "0x8004010F",
        "8004010f",
        "-2147221233",
        "2147746063",
    ] {
        assert_eq!(parse_error(text)?, ErrorCode::NOT_FOUND, "{text}");
    }
    assert_eq!(parse_error("0")?, ErrorCode(0));
    assert_eq!(error_name(ErrorCode(0)), Some("S_OK"));
    assert_eq!(error_name(ErrorCode(0x8007_0005)), Some("MAPI_E_NO_ACCESS"));
    assert_eq!(error_name(ErrorCode(0x8004_0106)), Some("MAPI_E_UNKNOWN_FLAGS"));
    assert_eq!(error_names(ErrorCode::CALL_FAILED), ["MAPI_E_CALL_FAILED", "SYNC_E_ERROR"]);
    assert_eq!(error_name(ErrorCode(0x1234_5678)), None);
    for odd in ["4294967296", "-2147483649", "0x123456789", "0x", ""] {
        assert!(parse_error(odd).is_err(), "{odd}");
    }
    Ok(())
}

#[test]
fn every_guid_goes_both_ways() {
    let mut names = BTreeMap::<&str, Vec<Guid>>::new();
    for [guid, name] in rows::<2>(include_str!("../names/guids.tsv")) {
        let guid: Guid = guid.parse().unwrap();
        assert!(guid_info(guid).unwrap().names().any(|other| other == name));
        names.entry(name).or_default().push(guid);
    }
    assert!(names.len() > 200);
    for (name, guids) in names {
        assert!(guids.contains(&guid_by_name(name).unwrap()), "{name}");
        assert_eq!(guid_by_name(&name.to_uppercase()), guid_by_name(name));
    }
    assert_eq!(guid_name(guids::PSETID_COMMON), Some("PSETID_Common"));
    assert_eq!(guid_name(guids::PS_MAPI), Some("PS_MAPI"));
    let air_sync = guid_by_name("SETID_AirSync").unwrap();
    assert_eq!(guid_name(air_sync), Some("PSETID_AirSync"));
    assert_eq!(guid_name(Guid([0xAB; 16])), None);
}

#[test]
fn every_named_property_goes_both_ways() {
    let rows = rows::<8>(include_str!("../names/named.tsv"));
    assert!(rows.len() > 400);
    for [set, kind, key, prop_type, name, other_names, area, documented] in rows {
        let set: Guid = set.parse().unwrap();
        let prop = match kind {
            "id" => PropName::id(set, hex(key.strip_prefix("0x").unwrap())),
            "string" => PropName::name(set, key),
            _ => panic!("{kind}"),
        };
        let prop_type = PropType::from_name(prop_type).unwrap();
        let info = named_info(&prop).unwrap();
        assert_eq!((info.name, info.prop_type), (name, prop_type));
        assert_eq!((info.area.unwrap_or(""), info.documented), (area, documented == "d"));
        assert_eq!(named_name(&prop), Some(name));
        assert_eq!(parse_named(&prop.to_string()).unwrap(), (prop.clone(), prop_type));
        for one in std::iter::once(name).chain(list(other_names)) {
            assert!(info.names().any(|other| other == one), "{one}");
            let (found, _) = named_by_name(one).unwrap();
            assert!(named_info(&found).unwrap().names().any(|other| other == one), "{one}");
            assert_eq!(named_by_name(&one.to_lowercase()), named_by_name(one));
        }
    }
}

#[test]
fn named_properties_are_read_in_all_spellings() -> Result<()> {
    let reminder_set = (PropName::id(guids::PSETID_COMMON, 0x8503), PropType::BOOL);
    for text in [
        "PidLidReminderSet",
        "dispidReminderSet",
        "DISPIDREMINDERSET",
        "PSETID_Common:0x8503",
        "psetid_common:0X8503",
        "{00062008-0000-0000-C000-000000000046}:0x8503",
    ] {
        assert_eq!(parse_named(text)?, reminder_set, "{text}");
    }
    assert_eq!(named_name(&reminder_set.0), Some("PidLidReminderSet"));
    let keywords = PropName::name(guids::PS_PUBLIC_STRINGS, "Keywords");
    assert_eq!(named_name(&keywords), Some("PidNameKeywords"));
    assert_eq!(parse_named("PS_PUBLIC_STRINGS:Keywords")?, (keywords, PropType::MV_UNICODE));
    // The documented entry wins where sources differ.
    let categories = named_by_name("PidLidCategories").map(|(prop, _)| prop.kind);
    assert_eq!(categories, Some(NameKind::Id(0x2328)));
    assert_eq!(
        named_by_name("dispidMeetingType").map(|(prop, _)| prop.kind),
        Some(NameKind::Id(0x26))
    );
    // Internet headers do not care for case, other strings do.
    let header = PropName::name(guids::PS_INTERNET_HEADERS, "content-class");
    assert_eq!(named_name(&header), Some("PidNameContentClass"));
    assert_eq!(named_name(&PropName::name(guids::PS_PUBLIC_STRINGS, "keywords")), None);
    let year = PropName::name(guids::PS_PUBLIC_STRINGS, "2024");
    assert_eq!(parse_named("PS_PUBLIC_STRINGS:2024")?, (year, PropType::UNSPECIFIED));
    let unknown = parse_named("PSETID_Common:0x1234")?;
    assert_eq!(unknown, (PropName::id(guids::PSETID_COMMON, 0x1234), PropType::UNSPECIFIED));
    for odd in ["", ":", "PSETID_Common:", "PSETID_Common", "{}:1"] {
        assert!(parse_named(odd).is_err(), "{odd}");
    }
    Ok(())
}

#[test]
fn every_flag_is_found() {
    let rows = rows::<6>(include_str!("../names/flags.tsv"));
    assert!(rows.len() > 1_500);
    for [scope, applies_to, name, value, kind, mask] in rows {
        assert!(["tag", "named", "field"].contains(&scope));
        let kind = match kind {
            "bit" => FlagKind::Bit,
            "value" => FlagKind::Value,
            "class" => FlagKind::Class { mask: hex(mask) },
            _ => panic!("{kind}"),
        };
        let is_this = |flag: &mapix_core::names::FlagInfo| {
            (flag.applies_to, flag.name) == (applies_to, name)
                && (flag.value, flag.kind) == (hex(value), kind)
        };
        assert!(flags_for(applies_to).iter().any(is_this), "{applies_to} {name}");
        assert!(flag_by_name(name).into_iter().any(is_this), "{name}");
        // A value that is one flag alone is described by its name.
        let number = hex(value)
            << if let FlagKind::Class { mask } = kind { mask.trailing_zeros() } else { 0 };
        let words = match scope {
            "tag" => describe_value(parse_tag(applies_to).unwrap(), &Value::I32(number as i32)),
            "named" => {
                let (prop, _) = named_by_name(applies_to).unwrap();
                describe_value(&prop, &Value::I32(number as i32))
            }
            _ => describe_field(applies_to, number),
        };
        let words = words.unwrap_or_else(|| panic!("{applies_to} {name}"));
        assert!(
            words.split([' ', '/', '|']).any(|word| name.contains(word)),
            "{applies_to} {name}: {words}"
        );
    }
}

#[test]
fn values_are_described_by_their_flags() {
    let long = |name, value: u32| {
        describe_value(parse_tag(name).unwrap(), &Value::I32(value as i32)).unwrap_or_default()
    };
    assert_eq!(long("PR_MESSAGE_FLAGS", 0x19), "MSGFLAG_READ | MSGFLAG_UNSENT | MSGFLAG_HASATTACH");
    assert_eq!(long("PR_MESSAGE_FLAGS", 0x0080_0001), "MSGFLAG_READ | 0x800000");
    assert_eq!(long("PR_MESSAGE_FLAGS", 0), "");
    assert_eq!(long("PR_IMPORTANCE", 2), "IMPORTANCE_HIGH");
    assert_eq!(long("PR_IMPORTANCE", 7), "");
    assert_eq!(long("PR_PRIORITY", u32::MAX), "PRIO_NONURGENT");
    assert_eq!(long("PR_SUBJECT", 1), "");
    // Values beside bits.
    assert_eq!(long("PR_RECIPIENT_TYPE", 1), "MAPI_TO");
    assert_eq!(long("PR_RECIPIENT_TYPE", 0x1000_0002), "MAPI_P1 | MAPI_CC");
    assert_eq!(long("PR_RECIPIENT_TYPE", 0x1000_0000), "MAPI_P1 | MAPI_ORIG");
    assert_eq!(long("PR_RULE_STATE", 0), "ST_DISABLED");
    assert_eq!(long("PR_RULE_STATE", 1), "ST_ENABLED");
    assert_eq!(long("PR_STORAGE_LIMIT_INFORMATION", u32::MAX), "MDB_QUOTA_NOQUOTA");
    assert_eq!(long("PR_SECURITY_FLAGS", 0), "SECFLAG_NONE");
    // A flag of two bits is not two flags.
    assert_eq!(long("PR_ANTIVIRUS_SCAN_STATUS", 3), "ANTIVIRUS_SCAN_VIRUS_DELETED");
    // Values in masks.
    assert_eq!(long("PR_DISPLAY_TYPE_EX", 0), "DT_MAILUSER");
    assert_eq!(long("PR_DISPLAY_TYPE_EX", 0x4000_0000), "DTE_FLAG_ACL_CAPABLE | DT_MAILUSER");
    assert_eq!(
        long("PR_DISPLAY_TYPE_EX", 0x8000_0106),
        "DTE_FLAG_REMOTE_VALID | DT_DISTLIST | DT_REMOTE_MAILUSER"
    );
    // Two meanings of one bit.
    assert_eq!(long("PR_RESOURCE_FLAGS", 2), "SERVICE_SINGLE_COPY/STATUS_DEFAULT_STORE");
    // Names of fields.
    assert_eq!(describe_field("SRestriction.rt", 4).as_deref(), Some("RES_PROPERTY"));
    let fuzzy = |value| describe_field("SContentRestriction.ulFuzzyLevel", value).unwrap();
    assert_eq!(fuzzy(0x0001_0001), "FL_IGNORECASE | FL_SUBSTRING");
    assert_eq!(fuzzy(0x0001_0000), "FL_IGNORECASE | FL_FULLSTRING");
    assert_eq!(describe_field("no such field", 1), None);
}

#[test]
fn named_and_many_and_odd_values_are_described() {
    let busy = named_by_name("PidLidBusyStatus").unwrap().0;
    assert_eq!(describe_value(&busy, &Value::I32(2)).as_deref(), Some("olBusy"));
    let old_meeting_type = parse_named("PSETID_Meeting:0x8C26").unwrap().0;
    assert_eq!(describe_value(&old_meeting_type, &Value::I32(1)).as_deref(), Some("mtgRequest"));
    let hosts = parse_tag("PR_FORM_HOST_MAP").unwrap();
    let many = Value::MvI32([0x0001_0002, 0x0006_0007, 0].into());
    assert_eq!(
        describe_value(hosts, &many).as_deref(),
        Some(
            "MAPIFORM_CPU_X86 | MAPIFORM_OS_WINNT_35; MAPIFORM_CPU_X64 | MAPIFORM_OS_WINNT_60; 0x0"
        )
    );
    let flags = tags::MESSAGE_FLAGS;
    assert_eq!(describe_value(flags, &Value::I64(1)).as_deref(), Some("MSGFLAG_READ"));
    assert_eq!(
        describe_value(flags, &Value::I64(1 << 40 | 1)).as_deref(),
        Some("MSGFLAG_READ | 0x10000000000")
    );
    assert_eq!(describe_value(flags, &Value::Binary([1].into())), None);
    assert_eq!(describe_value(flags, &Value::MvI32([].into())), None);
    assert_eq!(flags_for("PidTagMessageFlags"), flags_for("PR_MESSAGE_FLAGS"));
    assert_eq!(flags_for("PidLidBusyStatus"), flags_for("dispidBusyStatus"));
    assert!(flags_for("PR_SUBJECT").is_empty());
    assert_eq!(flag_by_name("msgflag_read")[0].value, 1);
}

/// The tables are made from larger ones, which lie beside the repository where it is developed.
#[test]
fn nothing_is_missing_of_the_fact_tables() {
    let facts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/mapi");
    let read = |name: &str| -> Option<Vec<Vec<String>>> {
        let text = std::fs::read_to_string(facts.join(name)).ok()?;
        let cells = |line: &str| line.split('\t').map(String::from).collect();
        Some(text.lines().skip(1).map(cells).collect())
    };
    let Some(tag_names) = read("tag-names.tsv") else {
        println!("skipped: {} is not there", facts.display());
        return;
    };
    for row in tag_names {
        assert!(tags_named(&row[0]).contains(&PropTag(hex(&row[1]))), "{row:?}");
    }
    for row in read("errors.tsv").unwrap_or_default() {
        let code = ErrorCode(hex(&row[1][2..]));
        assert!(error_names(code).contains(&row[0].as_str()), "{row:?}");
    }
    for row in read("guids.tsv").unwrap_or_default() {
        let info = guid_info(row[1].parse().unwrap()).unwrap();
        assert!(info.names().any(|name| name == row[0]), "{row:?}");
    }
    for row in read("named-prop-names.tsv").unwrap_or_default() {
        let (prop, _) = parse_named(&format!("{}:{}", row[1], row[3])).unwrap();
        let info = named_info(&prop).unwrap_or_else(|| panic!("{row:?}"));
        assert!(info.names().any(|name| name == row[0]), "{row:?}");
    }
    for row in read("flags.tsv").unwrap_or_default() {
        let value = hex(&row[2][2..]);
        let has = |flag: &mapix_core::names::FlagInfo| flag.name == row[1] && flag.value == value;
        assert!(flags_for(&row[0]).iter().any(has), "{row:?}");
    }
}
