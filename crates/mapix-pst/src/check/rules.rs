//! The rules, and what it means when one is not kept. `docs/check-pst.md` shows the same list.

use mapix_core::check::Rule;

/// The rules for the pages of one of the B-trees.
pub(super) struct TreeRules {
    pub(super) unreadable: &'static Rule,
    pub(super) crc: &'static Rule,
    pub(super) signature: &'static Rule,
    pub(super) bid: &'static Rule,
    pub(super) kind: &'static Rule,
    pub(super) level: &'static Rule,
    pub(super) count: &'static Rule,
    pub(super) order: &'static Rule,
    pub(super) duplicate: &'static Rule,
    pub(super) parent_key: &'static Rule,
    pub(super) beyond: &'static Rule,
    pub(super) empty: &'static Rule,
    pub(super) twice: &'static Rule,
}

pub(super) static NBT: TreeRules = TreeRules {
    unreadable: &NBT_UNREADABLE,
    crc: &NBT_CRC,
    signature: &NBT_SIGNATURE,
    bid: &NBT_BID,
    kind: &NBT_KIND,
    level: &NBT_LEVEL,
    count: &NBT_COUNT,
    order: &NBT_ORDER,
    duplicate: &NBT_DUPLICATE,
    parent_key: &NBT_PARENT_KEY,
    beyond: &NBT_BEYOND,
    empty: &NBT_EMPTY,
    twice: &NBT_TWICE,
};

pub(super) static BBT: TreeRules = TreeRules {
    unreadable: &BBT_UNREADABLE,
    crc: &BBT_CRC,
    signature: &BBT_SIGNATURE,
    bid: &BBT_BID,
    kind: &BBT_KIND,
    level: &BBT_LEVEL,
    count: &BBT_COUNT,
    order: &BBT_ORDER,
    duplicate: &BBT_DUPLICATE,
    parent_key: &BBT_PARENT_KEY,
    beyond: &BBT_BEYOND,
    empty: &BBT_EMPTY,
    twice: &BBT_TWICE,
};

mapix_core::rules! {
    HDR_UNUSABLE = "PST-HDR-001" Fatal
        "the file cannot be opened"
        "Nothing in the file can be reached this way; what is in its blocks may still be recovered.";
    HDR_VERSION = "PST-HDR-002" Fatal
        "the version or the encoding is not known"
        "The file is newer than this program, of another kind, or its header was written over.";
    HDR_KEY = "PST-HDR-003" Fatal
        "the data is encrypted with a key that is elsewhere"
        "Only the machine and account that wrote the file can read it.";
    HDR_ROOT = "PST-HDR-004" Fatal
        "the header names a root page that cannot be used"
        "Outlook does not open the file. The check goes on with the newest intact roots; later changes are missing from them.";
    HDR_CLIENT = "PST-HDR-005" Warning
        "the client magic is not known"
        "Outlook does not open the file. Nothing is lost.";
    HDR_CRC_PARTIAL = "PST-HDR-006" Error
        "dwCRCPartial is wrong"
        "The header was changed or damaged; Outlook does not open the file before it is repaired.";
    HDR_CRC_FULL = "PST-HDR-007" Error
        "dwCRCFull is wrong"
        "The header was changed or damaged; Outlook does not open the file before it is repaired.";
    HDR_SENTINEL = "PST-HDR-008" Warning
        "bSentinel is wrong"
        "The header may be damaged. Nothing is lost.";
    HDR_TRUNCATED = "PST-HDR-009" Error
        "the file is shorter than its header says"
        "The end of the file is missing: a copy or a download was not completed. What stood there is lost.";
    HDR_LONGER = "PST-HDR-010" Warning
        "the file is longer than its header says"
        "Something was appended, or the file was not saved after it grew. Outlook overwrites what stands there.";
    HDR_MAPS_INVALID = "PST-HDR-011" Warning
        "the allocation maps are marked as invalid"
        "The file was not closed properly. Outlook makes the maps anew when it opens it; they are not judged.";
    HDR_PLATFORM = "PST-HDR-012" Remark
        "bPlatformCreate or bPlatformAccess is not 1"
        "Another program than Outlook wrote the file.";
    HDR_MAP_FREE = "PST-HDR-013" Warning
        "cbAMapFree does not agree with the maps"
        "Outlook misjudges how much room there is. Nothing is lost.";
    HDR_LAST_MAP = "PST-HDR-014" Warning
        "ibAMapLast does not name the last map"
        "Outlook may lose the end of the file from sight when it writes.";
    HDR_NID = "PST-HDR-015" Error
        "a node has a higher number than rgnid says were given out"
        "Outlook may give the number to a new item, which then takes the place of the old one.";
    HDR_NEXT_BLOCK = "PST-HDR-016" Error
        "a block has an identifier that bidNextB has yet to give out"
        "Outlook may write a new block under the identifier of this one, whose data is lost then.";
    HDR_NEXT_PAGE = "PST-HDR-017" Warning
        "a page has an identifier that bidNextP has yet to give out"
        "Two pages may get the same identifier, which hinders repairs.";
    MAP_AMAP = "PST-MAP-001" Error
        "an allocation map cannot be read"
        "Outlook may write over anything in this part of the file.";
    MAP_CRC = "PST-MAP-002" Error
        "an allocation map has a wrong checksum"
        "The map is damaged; Outlook may write over anything in this part of the file.";
    MAP_TRAILER = "PST-MAP-003" Warning
        "the trailer of a map is not as it should be"
        "The identifier should be the offset, the signature 0. Nothing is lost.";
    MAP_FREE = "PST-MAP-004" Error
        "what is in use is marked as free"
        "Outlook may write something else to this place; the block or page is lost then.";
    MAP_UNOWNED = "PST-MAP-005" Remark
        "space is marked as taken, but nothing is there"
        "The file is a little larger than it need be.";
    MAP_OLD = "PST-MAP-006" Warning
        "a PMap, FMap or FPMap is not as it should be"
        "Only old versions of Outlook use these maps; they may fail to find room.";
    MAP_FMAP = "PST-MAP-007" Remark
        "rgbFM does not agree with the maps"
        "Only old versions of Outlook use it, to find room faster.";
    MAP_DLIST = "PST-MAP-008" Remark
        "the DList is not as it should be"
        "It is only a hint where there is room; Outlook makes it anew.";
    MAP_OVERLAP = "PST-MAP-009" Error
        "two things stand in the same place"
        "At least one of them has been written over and is lost.";
    MAP_BEYOND = "PST-MAP-010" Error
        "something is said to stand beyond the end of the file"
        "It is lost: the file was cut off, or its index is damaged.";
    NBT_UNREADABLE = "PST-NBT-001" Error
        "a page of the node B-tree cannot be used"
        "The items in it are lost.";
    NBT_CRC = "PST-NBT-002" Error
        "a page of the node B-tree has a wrong checksum"
        "The page is damaged; what it names may be wrong. Outlook asks for a repair.";
    NBT_SIGNATURE = "PST-NBT-003" Error
        "a page of the node B-tree has a wrong signature"
        "The page was written for another place. Outlook asks for a repair.";
    NBT_BID = "PST-NBT-004" Error
        "a page of the node B-tree is another than the one referred to"
        "The page was written over or is out of date; what it names may be wrong.";
    NBT_KIND = "PST-NBT-005" Warning
        "the two page types of a page of the node B-tree differ"
        "Outlook may take the page for damaged. Nothing is lost.";
    NBT_LEVEL = "PST-NBT-006" Error
        "a page of the node B-tree has a wrong level"
        "The tree is damaged; a part of it cannot be reached.";
    NBT_COUNT = "PST-NBT-007" Warning
        "the entry counts of a page of the node B-tree are not as they should be"
        "Outlook may take the page for damaged when it writes to it. Nothing is lost.";
    NBT_ORDER = "PST-NBT-008" Error
        "entries of the node B-tree are out of order"
        "Nodes are not found when they are looked for, though they are there.";
    NBT_DUPLICATE = "PST-NBT-009" Error
        "an entry of the node B-tree is there twice"
        "Only one of the two is found; the other one is lost.";
    NBT_PARENT_KEY = "PST-NBT-010" Warning
        "the first entry of a page of the node B-tree is not the one its parent names"
        "The first entry may not be found when it is looked for. SCANPST repairs this.";
    NBT_BEYOND = "PST-NBT-011" Error
        "an entry of the node B-tree stands in the wrong page"
        "It is not found when it is looked for, though it is there.";
    NBT_EMPTY = "PST-NBT-012" Warning
        "a page of the node B-tree is empty"
        "Nothing is lost, but Outlook never leaves such a page.";
    NBT_TWICE = "PST-NBT-013" Error
        "a page of the node B-tree is referred to twice"
        "The tree is damaged; the part that the second reference should name cannot be reached.";
    BBT_UNREADABLE = "PST-BBT-001" Error
        "a page of the block B-tree cannot be used"
        "The blocks in it, and the items that need them, are lost.";
    BBT_CRC = "PST-BBT-002" Error
        "a page of the block B-tree has a wrong checksum"
        "The page is damaged; what it names may be wrong. Outlook asks for a repair.";
    BBT_SIGNATURE = "PST-BBT-003" Error
        "a page of the block B-tree has a wrong signature"
        "The page was written for another place. Outlook asks for a repair.";
    BBT_BID = "PST-BBT-004" Error
        "a page of the block B-tree is another than the one referred to"
        "The page was written over or is out of date; what it names may be wrong.";
    BBT_KIND = "PST-BBT-005" Warning
        "the two page types of a page of the block B-tree differ"
        "Outlook may take the page for damaged. Nothing is lost.";
    BBT_LEVEL = "PST-BBT-006" Error
        "a page of the block B-tree has a wrong level"
        "The tree is damaged; a part of it cannot be reached.";
    BBT_COUNT = "PST-BBT-007" Warning
        "the entry counts of a page of the block B-tree are not as they should be"
        "Outlook may take the page for damaged when it writes to it. Nothing is lost.";
    BBT_ORDER = "PST-BBT-008" Error
        "entries of the block B-tree are out of order"
        "Blocks are not found when they are looked for, though they are there.";
    BBT_DUPLICATE = "PST-BBT-009" Error
        "an entry of the block B-tree is there twice"
        "Only one of the two is found; the other one is lost.";
    BBT_PARENT_KEY = "PST-BBT-010" Warning
        "the first entry of a page of the block B-tree is not the one its parent names"
        "The first entry may not be found when it is looked for. SCANPST repairs this.";
    BBT_BEYOND = "PST-BBT-011" Error
        "an entry of the block B-tree stands in the wrong page"
        "It is not found when it is looked for, though it is there.";
    BBT_EMPTY = "PST-BBT-012" Warning
        "a page of the block B-tree is empty"
        "Nothing is lost, but Outlook never leaves such a page.";
    BBT_TWICE = "PST-BBT-013" Error
        "a page of the block B-tree is referred to twice"
        "The tree is damaged; the part that the second reference should name cannot be reached.";
    REF_MISSING = "PST-REF-001" Error
        "a block is referred to, but the block B-tree does not have it"
        "The data in it is lost: an item, a body or an attachment is incomplete.";
    REF_LOW = "PST-REF-002" Error
        "the reference count of a block is too low"
        "Outlook may free the block while it is still in use; its data is lost then.";
    REF_HIGH = "PST-REF-003" Warning
        "the reference count of a block is too high"
        "The space is never used again. Nothing is lost.";
    REF_ORPHAN = "PST-REF-004" Remark
        "nothing refers to a block, and its reference count says so"
        "The space is free for use, but was not given back yet. Outlook does that later.";
    REF_LOST = "PST-REF-005" Error
        "nothing refers to a block, though its reference count says so"
        "What referred to it, an item or a part of one, is lost.";
    BLK_UNREADABLE = "PST-BLK-001" Error
        "a block cannot be read"
        "Its data is lost: an item, a body or an attachment is incomplete.";
    BLK_CRC = "PST-BLK-002" Error
        "a block has a wrong checksum"
        "Its data is damaged. Outlook asks for a repair, which may drop the item.";
    BLK_SIGNATURE = "PST-BLK-003" Error
        "a block has a wrong signature"
        "The block was written for another place. Outlook asks for a repair.";
    BLK_BID = "PST-BLK-004" Error
        "a block is another than the one that is looked for"
        "The block was written over or the index is out of date; its data belongs to something else.";
    BLK_SIZE = "PST-BLK-005" Error
        "a block has another size than the block B-tree says"
        "A part of its data is missing, or is not its own.";
    BLK_INFLATE = "PST-BLK-006" Error
        "a compressed block cannot be inflated"
        "Its data is lost: an item, a body or an attachment is incomplete.";
    BLK_KIND = "PST-BLK-007" Error
        "a list of blocks is of no known kind"
        "What it lists is lost.";
    BLK_COUNT = "PST-BLK-008" Error
        "a list of blocks has an impossible number of entries"
        "A part of what it lists is lost.";
    BLK_LIST_LEVEL = "PST-BLK-009" Error
        "a list of blocks names a block of the wrong level"
        "A part of the data is lost.";
    BLK_TOTAL = "PST-BLK-010" Error
        "the size of a list of blocks is not that of its blocks"
        "A part of the data is missing, or Outlook reads too much of it.";
    BLK_NOT_FULL = "PST-BLK-011" Remark
        "a block in the middle of a list is not full"
        "Some readers look for data at the wrong place. Outlook reads it.";
    BLK_EMPTY = "PST-BLK-012" Warning
        "a block is empty"
        "Nothing is lost, but Outlook never writes such a block.";
    BLK_ALIGN = "PST-BLK-013" Error
        "a block does not start where blocks may start"
        "The allocation maps cannot describe it; Outlook may write over it.";
    SUB_ROOT = "PST-SUB-001" Error
        "a subnode tree starts with a block of data"
        "The subnodes are lost: recipients, attachments, long texts.";
    SUB_ORDER = "PST-SUB-002" Error
        "subnodes are out of order"
        "They are not found when they are looked for, though they are there.";
    SUB_DUPLICATE = "PST-SUB-003" Error
        "a subnode is there twice"
        "Only one of the two is found; the other one is lost.";
    SUB_KEY = "PST-SUB-004" Error
        "a leaf of a subnode tree starts with another number than its parent says"
        "Its first subnodes may not be found.";
    SUB_LEAF = "PST-SUB-005" Error
        "a leaf of a subnode tree is none"
        "The subnodes in it are lost.";
    SUB_UNREADABLE = "PST-SUB-006" Error
        "a subnode tree cannot be read"
        "The subnodes are lost: recipients, attachments, long texts.";
    SUB_LOOP = "PST-SUB-007" Error
        "data is used again and again, or nested too deeply"
        "The file was made to keep its readers busy; what is deeper is not judged.";
    NOD_MANDATORY = "PST-NOD-001" Error
        "a node that every file has is missing"
        "Outlook does not open the file, or not without a repair.";
    NOD_TEMPLATE = "PST-NOD-002" Remark
        "a template of tables is missing"
        "Outlook makes it when it needs it.";
    NOD_ORPHAN = "PST-NOD-003" Error
        "the folder of an item does not exist"
        "Outlook does not show the item. A repair brings it back under Lost and Found.";
    NOD_LOOP = "PST-NOD-004" Error
        "a folder is below itself"
        "Outlook does not show the folder, nor what is in it.";
    NOD_TABLE = "PST-NOD-005" Error
        "a folder has lost one of its tables"
        "Outlook cannot show what is in the folder.";
    NOD_STRAY = "PST-NOD-006" Warning
        "a table belongs to a folder that does not exist"
        "The space is never used again. Nothing else is lost.";
    NOD_ROOT = "PST-NOD-007" Error
        "the root folder is not its own parent"
        "Outlook asks for a repair.";
    NOD_EMPTY = "PST-NOD-008" Error
        "a node that must have data has none"
        "The item is lost.";
    HEAP_OPEN = "PST-HEAP-001" Error
        "the data of a node is no heap"
        "The item or table is lost.";
    HEAP_CLIENT = "PST-HEAP-002" Error
        "a heap is of another type than its node needs"
        "The item or table is lost.";
    HEAP_MAP = "PST-HEAP-003" Error
        "the map of a block of a heap is damaged"
        "Properties or rows in the block are lost.";
    HEAP_FREE = "PST-HEAP-004" Remark
        "the count of free pieces of a heap is wrong"
        "Strict readers refuse the heap; Outlook reads it.";
    HEAP_BLOCK = "PST-HEAP-005" Error
        "a block of a heap cannot be read"
        "Properties or rows in the block are lost.";
    BTH_HEADER = "PST-BTH-001" Error
        "the header of a list in a heap is damaged"
        "The properties or rows that it lists are lost.";
    BTH_NODE = "PST-BTH-002" Error
        "a part of a list in a heap cannot be read"
        "Some properties or rows are lost.";
    BTH_SIZE = "PST-BTH-003" Warning
        "a part of a list in a heap does not consist of whole records"
        "The rest that is left over is ignored.";
    BTH_ORDER = "PST-BTH-004" Error
        "a list in a heap is out of order"
        "Outlook does not find some of the properties or rows, though they are there.";
    BTH_DUPLICATE = "PST-BTH-005" Error
        "a list in a heap has the same key twice"
        "Only one of the two properties or rows is found.";
    BTH_KEY = "PST-BTH-006" Warning
        "a list in a heap has another first key than the level above says"
        "Outlook may not find the first property or row of this part.";
    PC_TYPE = "PST-PC-001" Warning
        "a property has a type that is not known"
        "Its value cannot be shown, only its bytes.";
    PC_VALUE = "PST-PC-002" Error
        "the value of a property cannot be read"
        "The value is lost.";
    PC_DECODE = "PST-PC-003" Warning
        "the value of a property does not follow its type"
        "The value can only be shown as bytes, or in part.";
    PC_EMPTY = "PST-PC-004" Remark
        "a list of properties ends with an empty record"
        "Nothing is lost; not written by Outlook.";
    TC_INFO = "PST-TC-001" Error
        "the description of a table is damaged"
        "The table is lost: the rows cannot be read.";
    TC_COLUMN = "PST-TC-002" Error
        "a column of a table lies outside of the row, or over another"
        "The values of the column are lost.";
    TC_ORDER = "PST-TC-003" Warning
        "the columns of a table are not in the order of their tags"
        "Outlook may not find a column.";
    TC_BIT = "PST-TC-004" Error
        "two columns of a table share the bit that says whether their cells exist"
        "Cells may be shown that are not there, or not be shown.";
    TC_ID = "PST-TC-005" Warning
        "a table does not start with the columns for the number and the version of a row"
        "Outlook asks for a repair.";
    TC_SIZES = "PST-TC-006" Warning
        "the sizes of a row are not those of its columns"
        "Nothing is lost, but strict readers refuse the table.";
    TC_ROW = "PST-TC-007" Error
        "a row cannot be read"
        "The row is lost: Outlook does not show the item, recipient or attachment.";
    TC_CELL = "PST-TC-008" Error
        "a cell cannot be read"
        "The value is lost from the table; the item itself may still have it.";
    TC_DECODE = "PST-TC-009" Warning
        "a cell does not follow its type"
        "The value can only be shown as bytes.";
    TC_MATRIX = "PST-TC-010" Remark
        "a table has more rows than its row index"
        "They are what deleted rows left behind.";
    TC_SAME_ROW = "PST-TC-011" Error
        "the row index names the same row twice"
        "One of the two items is shown in the place of the other.";
    TC_ROW_SIZE = "PST-TC-012" Remark
        "a table has a column whose size is not that of its type"
        "Strict readers refuse the table; Outlook reads it.";
    TC_STALE = "PST-TC-013" Remark
        "a cell is out of date in a column that Outlook leaves so"
        "PR_SENT_REPRESENTING_NAME in the tables of OST files with 4K pages. The message has the right value.";
    FLD_ROW_NO_NODE = "PST-FLD-001" Error
        "a table lists an item that does not exist"
        "Outlook shows the item, but cannot open it.";
    FLD_NODE_NO_ROW = "PST-FLD-002" Error
        "an item is missing from the table of its folder"
        "Outlook does not show the item, though it is there.";
    FLD_PARENT = "PST-FLD-003" Error
        "a table lists an item of another folder"
        "Outlook shows the item in the wrong folder, or in two.";
    FLD_KIND = "PST-FLD-004" Error
        "a table lists something of the wrong kind"
        "Outlook shows an item that it cannot open.";
    FLD_COUNT = "PST-FLD-005" Warning
        "the number of items of a folder is wrong"
        "Outlook shows a wrong number beside the folder.";
    FLD_UNREAD = "PST-FLD-006" Warning
        "the number of unread items of a folder is wrong"
        "Outlook shows a wrong number beside the folder.";
    FLD_HIDDEN = "PST-FLD-007" Remark
        "the number of hidden items of a folder is wrong"
        "Outlook counts hidden items loosely; nothing is lost.";
    FLD_SUBFOLDERS = "PST-FLD-008" Warning
        "a folder says wrongly whether it has folders below"
        "Outlook and other readers may not show the folders below.";
    FLD_ROW_COUNT = "PST-FLD-009" Warning
        "the counts in a folder and in its row in the folder above differ"
        "Outlook may show a wrong number beside the folder.";
    FLD_ROW = "PST-FLD-010" Warning
        "a folder and its row in the folder above differ"
        "Outlook shows another name or kind in the folder list than elsewhere.";
    FLD_REQUIRED = "PST-FLD-011" Warning
        "a folder lacks a property that every folder has"
        "Outlook may show the folder without name or number, or ask for a repair.";
    FLD_SEARCH = "PST-FLD-012" Remark
        "a search folder lists an item that does not exist"
        "The results are out of date; Outlook renews them.";
    FLD_COUNT_SEARCH = "PST-FLD-013" Remark
        "the number of items of a search folder is not that of its results"
        "The results are out of date; Outlook renews them.";
    STO_REQUIRED = "PST-STO-001" Warning
        "the store lacks a property that every store has"
        "Outlook may not find its folders, or ask for a repair.";
    STO_ENTRY = "PST-STO-002" Error
        "the store names a folder that does not exist"
        "Outlook does not find the folder, and may not open the file.";
    STO_UID = "PST-STO-003" Warning
        "an entry ID in the store names another store"
        "Outlook does not find the folder.";
    MSG_REQUIRED = "PST-MSG-001" Warning
        "a message lacks a property that every message has"
        "Outlook may not show the message, or show it wrongly.";
    MSG_RECIPIENTS = "PST-MSG-002" Warning
        "a message names its recipients, but has no table of them"
        "Nobody can answer all of them; Outlook shows their names, but cannot open them.";
    MSG_ATTACH_ROW = "PST-MSG-003" Error
        "the table of attachments lists one that does not exist"
        "The attachment is lost, though Outlook shows its name.";
    MSG_ATTACH_NODE = "PST-MSG-004" Error
        "an attachment is missing from the table of attachments"
        "Outlook does not show the attachment, though it is there.";
    MSG_ATTACH_FLAG = "PST-MSG-005" Warning
        "the message says wrongly whether it has attachments"
        "Outlook shows no paper clip, or one too many.";
    MSG_ATTACH_METHOD = "PST-MSG-006" Warning
        "an attachment does not say how it is stored"
        "Outlook may not open the attachment.";
    MSG_EMBEDDED = "PST-MSG-007" Error
        "the message or object in an attachment cannot be found"
        "The attachment is lost.";
    MSG_ROW = "PST-MSG-008" Warning
        "a message and its row in the table of its folder differ"
        "Outlook shows other values in the list than in the message. SCANPST repairs this.";
    MSG_SIZE = "PST-MSG-010" Remark
        "the size of a message and that in its row in the table of its folder differ"
        "Outlook itself does not bring the row up to date when it changes a message.";
    MSG_NESTED = "PST-MSG-009" Error
        "messages are embedded in each other too deeply, or in themselves"
        "What is deeper cannot be reached.";
    NAM_OPEN = "PST-NAM-001" Error
        "the map of named properties cannot be read"
        "Named properties (categories, dates of appointments, fields of contacts) lose their names.";
    NAM_STREAM = "PST-NAM-002" Error
        "a stream of the map of named properties is damaged"
        "Some named properties lose their names.";
    NAM_GUID = "PST-NAM-003" Error
        "a named property is in a set that does not exist"
        "The property loses its name.";
    NAM_STRING = "PST-NAM-004" Error
        "the name of a named property lies outside of the stream of names"
        "The property loses its name.";
    NAM_INDEX = "PST-NAM-005" Error
        "two named properties have the same number, or one too high"
        "One of the two properties cannot be found by its name.";
    NAM_BUCKETS = "PST-NAM-006" Warning
        "the number of hash buckets is wrong"
        "Outlook may not find named properties.";
    NAM_MISSING = "PST-NAM-007" Warning
        "a named property is missing from its hash bucket"
        "Outlook does not find the property by its name, and may make it a second time.";
    NAM_STRAY = "PST-NAM-008" Warning
        "a hash bucket names something that the list does not have"
        "Outlook may take the wrong property for a name.";
    NAM_TWICE = "PST-NAM-009" Remark
        "a name is given to two properties"
        "Values under the second number are not found by the name. Outlook itself does this at times.";
    RDR_OTHER = "PST-RDR-001" Warning
        "the reader met something that no other rule names"
        "See the text of the finding.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_unique_and_documented() {
        let mut ids: Vec<&str> = ALL.iter().map(|rule| rule.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), ALL.len());
        let doc = include_str!("../../../../docs/check-pst.md");
        for Rule { id, grade, title, meaning } in ALL {
            let line = format!("| {id} | {grade} | {title} | {meaning} |");
            assert!(doc.lines().any(|found| found == line), "not in docs/check-pst.md: {line}");
        }
    }
}
