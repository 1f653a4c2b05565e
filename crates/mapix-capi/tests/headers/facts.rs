//! The facts: tab separated tables of `abi/`, a header line each.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// A row, by the names of its columns.
pub(crate) type Row = BTreeMap<String, String>;

/// Facts that no header of ours holds, and why. Everything else in the tables must be there.
const LEFT_OUT: &[(&str, &str)] = &[
    ("FixMAPI", "repairs an installation of Windows"),
    ("GetDefCachedMode", "Outlook's, in no header"),
    ("GetDefCachedModeDownloadPubFoldFavs", "Outlook's, in no header"),
    ("HrCreateNewWrappedObject", "Outlook's, in no header"),
    ("HrCreateOfflineObj", "Outlook's, in no header"),
    ("HrGetAutoDiscoverXML", "Outlook's, in no header"),
    ("HrOpenOfflineObj", "Outlook's, in no header"),
    ("MAPICrashRecovery", "Outlook's, in no header"),
    ("MAPIReallocateBuffer", "Outlook's, in no header"),
    ("NSTServiceEntry", "the entry point of Outlook's own service"),
    ("MSGSERVICEENTRY entry", "the name of a type; a service names its function itself"),
    ("IsBadBoundedStringPtr", "asks whether memory is there, which no process can ask here"),
    ("__ValidateParameters", "reads its caller's stack; HrValidateParameters takes an array"),
    ("__CPPValidateParameters", "reads its caller's stack; HrValidateParameters takes an array"),
    ("E_ERROR_PROC_NOT_FOUND", "a name that MFCMAPI gives"),
    ("E_FILE_NOT_FOUND", "a name that MFCMAPI gives"),
    ("E_RPC_S_INVALID_TAG", "a name that MFCMAPI gives"),
    ("MAIL_E_NAMENOTFOUND", "a name that MFCMAPI gives"),
    ("STRSAFE_E_END_OF_FILE", "of strsafe.h"),
    ("STRSAFE_E_INSUFFICIENT_BUFFER", "of strsafe.h"),
    ("MSG", "a message of a window: no call of MAPI takes one"),
    ("TIME_ZONE_INFORMATION", "no call of MAPI takes one"),
    ("IID_ITnef", "the reference's spelling of IID_ITNEF"),
];

/// The rows of a table of `abi/`.
pub(crate) fn table(name: &str) -> Vec<Row> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("abi").join(name);
    let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let mut lines = text.lines();
    let columns: Vec<&str> = lines.next().expect("a header line").split('\t').collect();
    lines
        .map(|line| {
            let cells = line.split('\t').map(str::to_owned);
            columns.iter().map(|c| (*c).to_owned()).zip(cells).collect()
        })
        .collect()
}

/// Whether a fact stands in the list above.
pub(crate) fn is_left_out(name: &str) -> bool {
    LEFT_OUT.iter().any(|(fact, _)| *fact == name)
}

/// Entries of the list above that name no fact.
pub(crate) fn stale_entries() -> Vec<&'static str> {
    let mut names: Vec<String> = Vec::new();
    let tables = [
        ("constants.tsv", "name"),
        ("guids.tsv", "name"),
        ("structs.tsv", "struct"),
        ("exports.tsv", "function"),
    ];
    for (name, column) in tables {
        for row in table(name) {
            if row.get("kind").is_some_and(|kind| kind == "entry") {
                names.push(format!("{} entry", row[column]));
            }
            names.push(row[column].clone());
        }
    }
    LEFT_OUT.iter().map(|(fact, _)| *fact).filter(|fact| !names.iter().any(|n| n == fact)).collect()
}
