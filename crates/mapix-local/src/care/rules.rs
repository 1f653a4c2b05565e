//! The rules that stores keep, and what it means when one is not kept.

mapix_core::rules! {
    FILE = "LOC-FILE-001" Fatal "the file cannot be opened as a store"
        "Nothing in it can be read by mapix.";
    DATABASE = "LOC-DB-001" Error "the database is damaged"
        "A page does not hold what it should. What lies on it is lost or wrong; the rest can be \
         read. Take a backup, or copy what is left into a new store.";
    UNREADABLE = "LOC-DB-002" Error "a table cannot be read to its end"
        "What comes after the damaged place was not checked.";
    COUNTER = "LOC-NUM-001" Error "a number is used that is not given out yet"
        "A new object might get the number of one that is there.";
    OBJECT_MISSING = "LOC-OBJ-001" Error "the properties of an object are missing"
        "The object is listed, but nothing of it can be shown.";
    OBJECT_ORPHAN = "LOC-OBJ-002" Warning "properties belong to no object"
        "They take space and are never shown.";
    OBJECT_BROKEN = "LOC-OBJ-003" Error "a property cannot be understood"
        "It is shown as an error; the other properties are not touched.";
    ROW_MISSING = "LOC-MSG-001" Error "a message is in no table"
        "It is in the inventory, but no folder shows it.";
    ROW_STRAY = "LOC-MSG-002" Error "a row of a table has no message, or one that is elsewhere"
        "The folder shows something that cannot be opened.";
    ROW_WRONG = "LOC-MSG-003" Error "a row of a table does not say what its message says"
        "Sorting and searching by this column may give wrong results.";
    PARENT = "LOC-FLD-001" Error "an object is in a folder that does not exist"
        "It cannot be reached from the root folder.";
    FOLDER_ROW = "LOC-FLD-002" Error "a folder and its counts do not belong together"
        "The folder may not be shown where it is.";
    CYCLE = "LOC-FLD-003" Error "folders hold each other"
        "They cannot be reached from the root folder.";
    COUNTS = "LOC-FLD-004" Warning "a folder does not hold as many objects as it says"
        "The counts that are shown are wrong; nothing is lost.";
    ATTACHMENT_ORPHAN = "LOC-ATT-001" Warning "an attachment belongs to no message"
        "It takes space and is never shown.";
    LOB_MISSING = "LOC-LOB-001" Error "a large value is missing"
        "The property that it belongs to cannot be read.";
    LOB_WRONG = "LOC-LOB-002" Error "a large value is not what was stored"
        "Its bytes do not have the size or the hash that they had.";
    LOB_REFS = "LOC-LOB-003" Warning "a large value does not have as many owners as it says"
        "It may be deleted too early, or never.";
    LOB_UNUSED = "LOC-LOB-004" Remark "a large value was begun and not used"
        "A program stopped in the middle of a save. The space is used again after a day.";
    CHUNK_ORPHAN = "LOC-LOB-005" Warning "a part of a large value belongs to none"
        "It takes space and is never shown.";
    LINK = "LOC-LNK-001" Warning "a search folder shows what is not there"
        "The row cannot be opened. Telling the search folder anew what to find mends it.";
    CRITERIA = "LOC-LNK-002" Error "what a search folder finds cannot be read"
        "Every change of the store fails until the search folder is told anew, or is deleted.";
    NAME = "LOC-NAM-001" Error "the name of a property cannot be read"
        "The property has a number, but no name.";
    INDEX = "LOC-FTS-001" Warning "the full-text index does not agree with the messages"
        "Searches may miss messages, or find some that do not fit.";
    WORDS = "LOC-FTS-002" Warning "the words of a message are not those in the full-text index"
        "Searches may miss the message, or find it where it does not fit. Making the index anew \
         mends it.";
    CONVERTER = "LOC-FTS-003" Warning "another converter made texts for the full-text index"
        "Searches go by what it found in bodies and attachments. Making the index anew mends it.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique() {
        let mut ids: Vec<&str> = ALL.iter().map(|rule| rule.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), ALL.len());
    }
    #[test]
    fn the_document_has_every_rule() {
        let document = include_str!("../../../../docs/format-local.md");
        for rule in ALL {
            let line = format!("| {} | {} | {} |", rule.id, rule.grade, rule.title);
            assert!(document.contains(&line), "{line}");
        }
    }
}
