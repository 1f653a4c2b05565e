//! The texts below the options in the help: examples, addresses, what scripts may rely on.

/// How mailboxes are named, for every verb that takes one; see [`crate::in_profile`].
macro_rules! mailboxes {
    () => {
        "\
MAILBOXES
  archive.pst       a file
  profile:          the default store of the default profile (`mapix profile`)
  profile:work      the default store of a profile, or its only one
  profile:work/Old  a store of a profile, by the name of its service
  profile:/Old      a store of the default profile
  sample:           the mailbox that comes with mapix"
    };
}

/// How folders and items are named, for every verb that takes one. The grammar is implemented
/// in [`crate::address`].
macro_rules! addresses {
    () => {
        "\
ADDRESSES
  Inbox/2022        a folder by path: below the visible top of the mailbox, or
                    else below its root; upper and lower case do not matter
                    where only one folder fits; `/` in a name is written %2F
  @inbox            a special folder, in whatever language the mailbox is:
                    @inbox @outbox @sent @deleted @drafts @calendar @contacts
                    @tasks @notes @journal @junk, the visible top @ipm, the root
                    @root, and @views @common-views @search
  Inbox/#3          the third item of a folder (of its normal items)
  0000...0020       an object by its entry ID, in hexadecimal digits
  nid:0x200024      an object by its number in the file; `0x200024` does as well
  @inbox/#3/att:1   the first attachment of a message
  @inbox/#3/att:1/msg
                    the message that is embedded in it, and so on inward
  Without an address, the mailbox itself is meant."
    };
}

macro_rules! exit_codes {
    () => {
        "\
EXIT CODES
  0    all done
  1    finished, but some items failed: see the ledger
  2    the command line is wrong, or names something that is not there
  3    the mailbox cannot be read
  4    the output cannot be written
  5    two counts that must agree do not
  130  stopped by Ctrl-C; what was printed until then is usable"
    };
}

macro_rules! root {
    () => {
        "\
Examples:
  mapix tour                          what there is, on a sample mailbox
  mapix tree archive.pst              the folders
  mapix ls archive.pst @inbox         what is in the inbox
  mapix show archive.pst @inbox/#1    the first message there
  mapix stat archive.pst              count everything, and prove it

Every example works on the sample mailbox too: `mapix tree sample:`, and on
those of a profile: `mapix tree profile:work`."
    };
}

pub(crate) const ROOT: &str = root!();
pub(crate) const ROOT_LONG: &str =
    concat!(root!(), "\n\n", mailboxes!(), "\n\n", addresses!(), "\n\n", exit_codes!());

macro_rules! ls {
    () => {
        "\
Examples:
  mapix ls archive.pst @inbox
  mapix ls archive.pst Inbox/2022 --sort -date --limit 20
  mapix ls archive.pst @inbox --columns PR_INTERNET_MESSAGE_ID,PR_IMPORTANCE
  mapix ls --recursive --format jsonl archive.pst > items.jsonl
  mapix ls --recursive --all --format csv archive.pst > items.csv"
    };
}

pub(crate) const LS: &str = ls!();
pub(crate) const LS_LONG: &str = concat!(
    ls!(),
    "\n\n\
FIELDS (json, jsonl, csv); they do not change
  entry_id         hexadecimal; what `show` and `props` take as an address
  path             the folder, as an address; null for an orphan
  position         place in the folder, from 1; null for the deleted and orphans
  kind             normal, associated, deleted or orphan
  message_class    such as IPM.Note
  subject, from    text
  date             when it was delivered, or sent, or made; ISO 8601 in UTC
  size             bytes
  unread, has_attachments
                   true or false
  nid              the number in the file, such as 0x200024
  Fields without a value are null. Columns follow under their names.\n\n",
    addresses!()
);

macro_rules! search {
    () => {
        "\
Examples:
  mapix search archive.pst 'regatta from:tom'
  mapix search archive.pst 'subject:\"regatta plan\" has:attachment'
  mapix search archive.pst 'received:2026-04..2026-05 NOT is:read'
  mapix search archive.pst '(size:>100k OR importance:high) folder:inbox'
  mapix search archive.pst varnish --folder @inbox --sort -date --limit 20
  mapix search archive.pst class:IPM.Contact --format jsonl > contacts.jsonl
  mapix search archive.pst class:IPM.Configuration --all --count
  mapix search archive.pst --restriction 'PR_MESSAGE_FLAGS & 0x1 = 0'"
    };
}

pub(crate) const SEARCH: &str = search!();
pub(crate) const SEARCH_LONG: &str = concat!(
    search!(),
    "\n\n\
QUERIES
  regatta          a word anywhere: subject, body, names and addresses of sender
                   and recipients, attachments; case and accents do not matter
  \"third draft\"    words that follow each other
  regat*           words that begin like this
  a b, a AND b     both; a OR b: one of them; NOT a, -a: not; parentheses
  subject: body: filename:
                   a word, phrase or beginning there
  attachment:      in its name, or in its text if it is plain text or HTML
  from: to: cc: bcc: participants:
                   in a name or an address
  received: sent: modified: created:
                   2026-05, 2026-01..2026-06, >=2025, today, 7d; in UTC
  size:>1m         also size:10k..2m; k, m and g are powers of 1024
  is:unread        also read, draft, flagged, complete, replied, forwarded, and
                   normal, hidden, deleted, orphan
  has:attachment   importance:high   category:NAME   class:IPM.Note
  folder:Inbox     in a folder of this name or below it; folder:=Inbox: in it
  message-id:ID    the internet message ID
  prop:PR_X=VALUE  any property, by number, name, or set and name, such as
                   prop:PS_PUBLIC_STRINGS:Keywords; = != < <= > >=, ~ for what
                   it contains, & for bits; without any: it is there
  *                everything

RESTRICTIONS, which --restriction takes, are MAPI's own filters as --explain
prints them; with a query as well, both must hold
  PR_SUBJECT contains \"plan\" ignoring case      also is, starts with, contains
                   the phrase, contains words that start with; loosely
  PR_IMPORTANCE >= 1    PR_SUBJECT = PR_NORMALIZED_SUBJECT    PR_BODY exists
  PR_MESSAGE_FLAGS & 0x1 = 0    size of PR_BODY > 1000
  (a) and (b)    (a) or (b)    not (a)
  any of PR_MESSAGE_RECIPIENTS fits (PR_SMTP_ADDRESS contains \"ann\")

HTML and RTF bodies are searched as the text that they show. A query that
begins with a minus is better begun with NOT, lest it be taken for an option.
A query that speaks of hidden, deleted or orphan items looks at them too; with
--hidden, --deleted, --orphans or --all, those are searched and no others.

What is found has the fields of `mapix ls` (see `mapix help ls`), in the order
of the folders, whatever the number of threads. A mapix store has an index of
words: what it finds comes with the newest first, and has no position. With
--snippets there is the field `snippet`; with --count there is the single field
`count`; to find nothing is no error.

EXIT CODES
  0    all done, whether anything was found or not
  1    finished, but some items could not be searched: see the ledger
  2    the query or the command line is wrong
  3    the mailbox cannot be read
  4    the output cannot be written
  130  stopped by Ctrl-C; what was printed until then is usable\n\n",
    addresses!()
);

macro_rules! tree {
    () => {
        "\
Examples:
  mapix tree archive.pst
  mapix tree archive.pst @inbox --depth 1
  mapix tree archive.pst --all --format jsonl"
    };
}

pub(crate) const TREE: &str = tree!();
pub(crate) const TREE_LONG: &str = concat!(tree!(), "\n\n", addresses!());

macro_rules! show {
    () => {
        "\
Examples:
  mapix show archive.pst @inbox/#1
  mapix show archive.pst @inbox/#1/att:2/msg
  mapix show archive.pst 0x200024 --headers --body html
  mapix show archive.pst nid:0x200024 --format json > message.json
  mapix show archive.pst @calendar"
    };
}

macro_rules! values {
    () => {
        "\
PROPERTIES IN JSON; these fields do not change
  tag              such as 0x0037001F
  name             such as PR_SUBJECT or PidLidLocation; null if it has none
  type             such as PT_UNICODE
  named            for named properties: {set, set_name, id or name, canonical}
  value            16- and 32-bit integers, booleans, floating point: as in JSON
                   PT_I8 and PT_CURRENCY (in ten-thousandths): a number, or a
                   string of digits where it needs more than 53 bits
                   times: ISO 8601 in UTC; GUIDs and text: strings
                   bytes of any kind: upper-case hexadecimal digits
                   multivalues: an array
                   what cannot be read: {\"error\": \"MAPI_E_...\"}
                   objects that are opened, not read: null, but of an OLE
                   attachment its bytes
  text             the value in words, where there are any: flags, sizes, times
  size, truncated  where --max-value cut the value"
    };
}

pub(crate) const SHOW: &str = show!();
pub(crate) const SHOW_LONG: &str = concat!(
    show!(),
    "\n\n\
With --format json, a message is an object with `properties`, `recipients`
(each with `properties`) and `attachments` (each with `properties` and, if a
message is embedded, `embedded`: a message again). Values of any size are
written whole. There is no CSV: an object is no table. `mapix props` gives its
properties as one, `mapix ls` the items of a folder.\n\n",
    values!(),
    "\n\n",
    addresses!()
);

macro_rules! props {
    () => {
        "\
Examples:
  mapix props archive.pst
  mapix props archive.pst @inbox
  mapix props archive.pst @inbox/#1 --tag PR_SUBJECT,PR_MESSAGE_FLAGS
  mapix props archive.pst @inbox/#1 --recipients
  mapix props archive.pst @inbox/#1/att:1 --format jsonl"
    };
}

pub(crate) const PROPS: &str = props!();
pub(crate) const PROPS_LONG: &str = concat!(props!(), "\n\n", values!(), "\n\n", addresses!());

macro_rules! stat {
    () => {
        "\
Examples:
  mapix stat archive.pst
  mapix stat --full --jobs 8 archive.pst
  mapix stat --format json archive.pst
  mapix stat --full --ledger ledger.jsonl archive.pst"
    };
}

pub(crate) const STAT: &str = stat!();
pub(crate) const STAT_LONG: &str = concat!(
    stat!(),
    "\n\n\
FIELDS (json, jsonl); they do not change
  format           such as PST, Unicode
  folders, search_folders, messages, associated
                   counted over the file's own index of objects, whether a
                   folder shows them or not; folders without search folders
  attachments, embedded
                   at every depth
  orphans, deleted messages that no folder holds, or whose folder hides them
  routes           for each kind: by index, by tables, what only one of them
                   has, and whether that is explained
  ledger           {expected, done, skipped, failed, missing, kinds, entries}
  details          facts about the file; diagnostics: what is wrong with it
FIELDS (csv), a row for each kind
  kind, index, tables, deleted, orphans, repeated, agree

The two routes must agree, but for deleted items and orphans, which only the
index has; where they do not, the exit code is 5.\n\n",
    exit_codes!()
);

macro_rules! check {
    () => {
        "\
Examples:
  mapix check archive.pst
  mapix check archive.pst && echo whole
  mapix check --quick --limit 1 archive.pst
  mapix check --format jsonl archive.pst > findings.jsonl"
    };
}

macro_rules! import {
    () => {
        "\
Examples:
  mapix import archive.pst --into mail.mapix
  mapix import ~/Maildir old.mbox letters/ --into mail.mapix
  mapix import archive.pst --into mail.mapix --under Archive --dry-run"
    };
}
macro_rules! watch {
    () => {
        "\
Examples:
  mapix watch mail.mapix                        until Ctrl-C
  mapix watch mail.mapix --folder @inbox        only the inbox
  mapix watch mail.mapix --folder @inbox --rows  and the rows of its table
  mapix watch mail.mapix --count 1 --for 30s    wait for one thing to happen"
    };
}

pub(crate) const IMPORT: &str = import!();
pub(crate) const IMPORT_LONG: &str = concat!(
    import!(),
    "\n\n\
The tree of folders is kept: the inbox goes into the inbox, other special
folders into theirs, any other folder into the one of its name, which is made.
Times and flags are kept.

What was imported is remembered in the mailbox, in the same commits: a run that
was stopped, in whatever way, goes on where it was when it is run again, and a
run that was complete adds nothing.

DEDUPE
  content          not what has the same content as an imported item of the
                   same folder; times of storing, flags and sizes do not count
  message-id       nor what has the same message ID
  none             only not the same item of the same source again

FIELDS (json); they do not change
  messages         items that were made (in a dry run: that would be made)
  known            imported before
  duplicates       there already, from another item
  attachments      of the items that were made, at every depth
  bytes            of the items that were made, about
  folders          that were made
  ledger           what was expected, done, skipped and failed\n\n",
    exit_codes!()
);

pub(crate) const WATCH: &str = watch!();
pub(crate) const WATCH_LONG: &str = concat!(
    watch!(),
    "\n\n\
Whoever changes the mailbox is heard, in whichever process. Each line is written
at once. Mailboxes that cannot be followed, such as PST files, are refused.

EVENTS
  created, modified, moved, deleted
                   an item or a folder, or the mailbox itself
  copied           a copy of another item or folder of the mailbox
  contents         what a folder holds has changed, and with it its counts
  new-mail         an unread item has come into a receive folder
  search-complete  a search folder has found what it was told to find
  missed           too much happened at once: everything may have changed
  error            the mailbox cannot be followed at the moment
  row-added, row-modified, row-deleted, rows-changed
                   with --rows: of the folder's table
  stores-changed, status-changed, session-ends
                   with --session: rows of the session's tables, and its end

FIELDS (jsonl); they do not change
  time, event      when it was heard, in UTC; as above
  object           store, folder, search-folder, message, hidden, row, session,
                   or null
  id, entry_id     which one; entry_id is null if the object is gone and the
                   mailbox cannot tell
  folder, from     the folder in which it is or was; where it was moved from
  title            its subject or name, if it is still there
  detail           what else there is to say\n\n",
    exit_codes!()
);

pub(crate) const CHECK: &str = check!();
pub(crate) const CHECK_LONG: &str = concat!(
    check!(),
    "\n\n\
GRADES
  remark           unusual, but not wrong
  warning          not as it should be; nothing is lost, and Outlook copes
  error            something is lost, or Outlook may destroy it
  fatal            the file as a whole cannot be used as it is

FIELDS of a finding (json, jsonl, csv); they do not change
  id               such as PST-BBT-003 or LOC-DB-001; docs/check-pst.md
                   and docs/format-local.md have them all
  grade            as above
  node             the number in the file, with subnodes behind slashes
  part, bid, offset
                   where in the node or in the file; null where unknown
  title, detail    what is found; what was expected, and what is there
  meaning          what is lost, what Outlook may do
The last line of jsonl, and the document of json, have file, format, size, ok,
grades, rules (findings by ID) and checked (what was looked at).

The exit code is 0 only when nothing is wrong; remarks are not wrong. It is 1
when something is, and 3 when the file cannot be opened at all.\n\n",
    exit_codes!()
);

pub(crate) const COMPACT: &str = "\
Examples:
  mapix compact mail.mapix
  mapix compact --reindex mail.mapix

Other programs may have the store open; their changes wait. Stopped at any
point, it has done all or nothing. There must be room for a second copy.";

pub(crate) const BACKUP: &str = "\
Example:
  mapix backup mail.mapix mail-monday.mapix

The copy is what the store was at one moment, whoever writes meanwhile. It has
its name when it is whole, and is a store like any other.";

macro_rules! export {
    () => {
        "\
Examples:
  mapix export sample: --to eml --out mail
  mapix export sample: --to mbox --out mbox --folder @inbox
  mapix export sample: --to csv --out table --columns PR_SUBJECT,PR_BODY
  mapix export sample: has:attachment --to attachments --out files
  mapix export archive.pst --to eml --out mail --all --resume"
    };
}

pub(crate) const EXPORT: &str = export!();
pub(crate) const EXPORT_LONG: &str = concat!(
    export!(),
    "\n\n\
FORMS
  eml              a file for each message, in a directory for each folder
  mbox             messages.mbox (mboxrd) in a directory for each folder
  maildir          cur, new and tmp in a directory for each folder
  jsonl            messages.jsonl, with every property, for each folder
  csv              items.csv, one table
  attachments      a directory for each message that has attachments

FILES beside them; they do not change
  manifest.csv, manifest.jsonl
                   each message and attachment: where it was, where it is now
                   (file, offset, bytes) and its SHA-256
                   with --properties, also where those are
  ledger.jsonl     each message and what became of it; each loss by name
  journal.part     only until all is done: what --resume needs

Nothing is overwritten: the directory must be new or empty, or --resume given.
The same mailbox gives the same bytes, whatever --jobs is.\n\n",
    exit_codes!()
);

pub(crate) const TAG: &str = "\
Examples:
  mapix tag PR_SUBJECT PidTagBody 0x0E07 0x3701000D
  mapix tag PidLidLocation dispidBusyStatus 0x8208
  mapix tag MSGFLAG_READ PSETID_Common
  mapix tag --search sent representing
  mapix tag --format json PR_MESSAGE_FLAGS";

pub(crate) const ERROR: &str = "\
Examples:
  mapix error 0x8004010F
  mapix error -2147221233
  mapix error MAPI_E_NO_ACCESS
  mapix error --search logon";

pub(crate) const PROFILE: &str = "\
A profile is a TOML file in the directory MAPIX_CONFIG_DIR, or else in mapix
below the user's configuration directory.

Examples:
  mapix profile create work
  mapix profile list
  mapix profile copy work travel
  mapix profile default travel";

pub(crate) const SERVICE: &str = "\
No secret stands in a profile: name an environment variable instead.

Examples:
  mapix service kinds
  mapix service add MAPIX Mail path=mail.mapix
  mapix service add MAPIX_PST Archive path=archive.pst 'password=$ARCHIVE_PW'
  mapix service add DROPDIR Drop path=/var/spool/drop pickup=/var/spool/pickup
  mapix service add SMTP Out host=mail.example.org user=ann 'password=$MAIL_PW'
  mapix service --profile travel set Archive path=old.pst
  mapix service move Archive 1";

pub(crate) const SEND: &str = "\
The profile needs a mailbox, in which the queue lies, and a service that sends:
SMTP or DROPDIR; see `mapix help service`. What is sent goes to the folder of
sent items. What is put off stays in the queue, with the reason, and the next
run goes on with it, as it does after Ctrl-C or a crash.

Exit codes: 0 all is sent, 1 something was refused or is still in the queue.
Columns: state (sent, queued, unsure, refused), id, mail, subject, to, reason;
with --queue id, state, submitted, attempts, next, subject, to, reason,
entry_id.

Examples:
  mapix send letter.eml
  mapix send --to bob@example.org - < letter.eml
  mapix send --of archive.pst --to ann@example.org 'Inbox/#3'
  mapix send --queue
  mapix send --retry --wait 10m
  mapix send --cancel 3fa1b2c4";

pub(crate) const TOUR: &str = "\
Examples:
  mapix tour
  mapix tour archive.pst";

pub(crate) const COMPLETIONS: &str = "\
Examples:
  mapix completions bash > ~/.local/share/bash-completion/completions/mapix
  mapix completions zsh > ~/.zfunc/_mapix
  mapix completions fish > ~/.config/fish/completions/mapix.fish";

pub(crate) const MAN: &str = "\
Examples:
  mapix man | man -l -
  mapix man --dir ~/.local/share/man/man1";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_fit_80_columns() {
        let short = [
            ROOT,
            LS,
            SEARCH,
            SEND,
            TREE,
            SHOW,
            PROPS,
            STAT,
            CHECK,
            COMPACT,
            BACKUP,
            EXPORT,
            IMPORT,
            WATCH,
            PROFILE,
            SERVICE,
            TAG,
            ERROR,
            TOUR,
            COMPLETIONS,
            MAN,
        ];
        let long = [
            ROOT_LONG,
            LS_LONG,
            SEARCH_LONG,
            TREE_LONG,
            SHOW_LONG,
            PROPS_LONG,
            STAT_LONG,
            CHECK_LONG,
            EXPORT_LONG,
            IMPORT_LONG,
            WATCH_LONG,
        ];
        for line in short.into_iter().chain(long).flat_map(str::lines) {
            assert!(line.len() <= 80, "{line}");
        }
    }
}
