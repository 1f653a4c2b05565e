-- What is where: docs/format-local.md. The version is in schema.rs.

-- One row: what the store counts, and what it is called.
CREATE TABLE state (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    uid BLOB NOT NULL,               -- 16 bytes, in all entry IDs
    cursor INTEGER NOT NULL,         -- of the last commit; also the stamps
    next INTEGER NOT NULL,           -- the number that the next object gets
    forgotten INTEGER NOT NULL,      -- commits up to this one may be missing in log
    bodies TEXT NOT NULL DEFAULT ''  -- the converters that made texts for fts, one on a line
);

-- Every folder and every message, by number: the inventory.
CREATE TABLE item (
    id INTEGER PRIMARY KEY,
    parent INTEGER,                  -- the folder; NULL for the root
    kind INTEGER NOT NULL,           -- 0 folder, 1 search folder, 2 message, 3 associated,
                                     -- 4 message and 5 associated that is softly deleted
    stamp INTEGER NOT NULL,
    status INTEGER                   -- PR_MSG_STATUS
);

-- The counts of folders.
CREATE TABLE folder (
    id INTEGER PRIMARY KEY,
    parent INTEGER,
    folders INTEGER NOT NULL DEFAULT 0,
    content INTEGER NOT NULL DEFAULT 0,
    unread INTEGER NOT NULL DEFAULT 0,
    assoc INTEGER NOT NULL DEFAULT 0,
    deleted INTEGER NOT NULL DEFAULT 0,
    size INTEGER NOT NULL DEFAULT 0  -- of what is in content and assoc, in bytes
);
CREATE INDEX folder_parent ON folder (parent);

-- The rows of contents tables, those of one folder side by side. A column is NULL if the message
-- does not have the property, or if its bit is set in odd: then obj has it in a form that a column
-- cannot show (another type, too long). The columns and their bits are in hot.rs.
CREATE TABLE msg (
    folder INTEGER NOT NULL,
    shelf INTEGER NOT NULL,          -- kind - 2
    id INTEGER NOT NULL,
    odd INTEGER NOT NULL,
    received INTEGER,
    submit INTEGER,
    modified INTEGER,
    created INTEGER,
    size INTEGER,
    flags INTEGER,
    importance INTEGER,
    sensitivity INTEGER,
    attached INTEGER,
    icon INTEGER,
    flag INTEGER,
    status INTEGER,
    class TEXT,
    subject TEXT,
    prefix TEXT,
    normal TEXT,
    sender TEXT,
    address TEXT,
    author TEXT,
    shown_to TEXT,
    conversation BLOB,
    PRIMARY KEY (folder, shelf, id)
) WITHOUT ROWID;
CREATE INDEX msg_received ON msg (folder, shelf, received);

-- All properties of an object: 0 is the store itself, from 1 folders and messages, below 0 embedded
-- messages, whose numbers nobody sees. Bytes as in codec.rs.
CREATE TABLE obj (
    id INTEGER PRIMARY KEY,
    props BLOB NOT NULL,
    recipients BLOB,
    big BLOB
);

-- The attachments of messages.
CREATE TABLE att (
    owner INTEGER NOT NULL,          -- obj
    num INTEGER NOT NULL,
    embedded INTEGER,                -- obj
    props BLOB NOT NULL,
    PRIMARY KEY (owner, num)
) WITHOUT ROWID;

-- Large values, each once, in chunks of CHUNK bytes (lob.rs).
CREATE TABLE lob (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    sha256 BLOB UNIQUE,              -- NULL while it is being written
    size INTEGER NOT NULL,
    refs INTEGER NOT NULL,           -- how many properties have it; 0 while it is being written
    since INTEGER                    -- when it was begun, in seconds since 1970, while refs is 0
);
CREATE INDEX lob_unused ON lob (since) WHERE refs = 0;
CREATE TABLE chunk (
    id INTEGER PRIMARY KEY,          -- lob << 24 | the number of the chunk
    data BLOB NOT NULL
);

-- Named properties.
CREATE TABLE name (
    id INTEGER PRIMARY KEY,          -- from 0x8000
    key BLOB NOT NULL UNIQUE         -- GUID, then 0 and a number of four bytes, or 1 and UTF-8
);

CREATE TABLE receive (
    class TEXT PRIMARY KEY,
    entry_id BLOB NOT NULL
) WITHOUT ROWID;

-- What search folders find, and what they have found.
CREATE TABLE search (
    folder INTEGER PRIMARY KEY,
    live INTEGER NOT NULL,
    criteria BLOB NOT NULL
);
CREATE TABLE link (
    folder INTEGER NOT NULL,
    message INTEGER NOT NULL,
    PRIMARY KEY (folder, message)
) WITHOUT ROWID;
CREATE INDEX link_message ON link (message);

-- What the last commits did.
CREATE TABLE log (
    cursor INTEGER PRIMARY KEY,
    count INTEGER NOT NULL,
    events BLOB NOT NULL
);
