//! The command line: verbs, options and their help.

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::help;

/// Look into Outlook mailboxes (PST, OST) on any operating system, without Outlook.
///
/// Only the verbs that say so write to a mailbox. Data goes to standard output, messages and progress to
/// standard error.
#[derive(Parser, Debug)]
#[command(
    name = "mapix",
    version,
    max_term_width = 80,
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = help::ROOT,
    after_long_help = help::ROOT_LONG
)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) verb: Verb,
    #[command(flatten)]
    pub(crate) global: Global,
}

/// Options that every verb understands.
#[derive(Args, Debug)]
#[command(next_help_heading = "General options")]
pub(crate) struct Global {
    /// The form of the output: text, json, jsonl or csv
    #[arg(
        long,
        global = true,
        value_enum,
        default_value_t,
        value_name = "FORM",
        hide_possible_values = true
    )]
    pub(crate) format: Format,

    /// Colours: auto (on a terminal, unless NO_COLOR is set), always or never
    #[arg(
        long,
        global = true,
        value_enum,
        default_value_t,
        value_name = "WHEN",
        hide_possible_values = true
    )]
    pub(crate) color: When,

    /// Say nothing on standard error but errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,

    /// Say more on standard error: the ledger, and what is wrong with the file
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub(crate) verbose: u8,

    /// Progress on standard error: auto (a bar, on a terminal), never or jsonl
    #[arg(
        long,
        global = true,
        value_enum,
        default_value_t,
        value_name = "HOW",
        hide_possible_values = true
    )]
    pub(crate) progress: ProgressForm,

    /// Print each step from logon to logoff on standard error
    #[arg(long, global = true)]
    pub(crate) trace: bool,

    /// How many threads read the mailbox [default: one for each processor]
    #[arg(short, long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) jobs: Option<u16>,

    /// The mailbox's password; it is checked, though files open without it
    #[arg(long, global = true, value_name = "TEXT")]
    pub(crate) password: Option<String>,

    /// Write the ledger to a file, as JSON Lines: every item and what became of it
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) ledger: Option<PathBuf>,
}

impl Global {
    /// How many threads to use.
    pub(crate) fn jobs(&self) -> usize {
        let processors = || std::thread::available_parallelism().map_or(1, usize::from);
        self.jobs.map_or_else(processors, usize::from)
    }
}

/// The form of the output.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, ValueEnum)]
pub(crate) enum Format {
    /// For people
    #[default]
    Text,
    /// One JSON document
    Json,
    /// JSON Lines: one object on each line
    Jsonl,
    /// Comma-separated values with a heading
    Csv,
}

/// When to use colours.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, ValueEnum)]
pub(crate) enum When {
    /// On a terminal
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// How progress is shown.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, ValueEnum)]
pub(crate) enum ProgressForm {
    /// A bar, if standard error is a terminal
    #[default]
    Auto,
    /// Not at all
    Never,
    /// One JSON object a line
    Jsonl,
}

/// The verbs.
#[derive(Subcommand, Debug)]
pub(crate) enum Verb {
    /// List the items of a folder, or of the whole mailbox
    #[command(after_help = help::LS, after_long_help = help::LS_LONG)]
    Ls(Ls),
    /// Find items by words, senders, dates, sizes, any property
    #[command(after_help = help::SEARCH, after_long_help = help::SEARCH_LONG)]
    Search(Search),
    /// Show the folders as a tree, with counts
    #[command(after_help = help::TREE, after_long_help = help::TREE_LONG)]
    Tree(Tree),
    /// Show a message as a person reads it, or a folder, or the mailbox
    #[command(after_help = help::SHOW, after_long_help = help::SHOW_LONG)]
    Show(Show),
    /// Show every property of an object, with names and decoded values
    #[command(after_help = help::PROPS, after_long_help = help::PROPS_LONG)]
    Props(Props),
    /// Count everything in the mailbox, by two independent routes
    #[command(after_help = help::STAT, after_long_help = help::STAT_LONG)]
    Stat(Stat),
    /// Judge the structure of a file: what is damaged, and what it means
    #[command(after_help = help::CHECK, after_long_help = help::CHECK_LONG)]
    Check(Check),
    /// Give back the space of what was deleted from a mapix store
    #[command(after_help = help::COMPACT)]
    Compact(Compact),
    /// Copy a mapix store, as it is now, while it is in use
    #[command(after_help = help::BACKUP)]
    Backup(Backup),
    /// Export to EML, mbox, Maildir, JSON Lines, CSV or attachments alone
    #[command(after_help = help::EXPORT, after_long_help = help::EXPORT_LONG)]
    Export(Export),
    /// Copy mailboxes and mail into a mailbox of mapix
    #[command(after_help = help::IMPORT, after_long_help = help::IMPORT_LONG)]
    Import(Import),
    /// Print what happens in a mailbox as it happens
    #[command(after_help = help::WATCH, after_long_help = help::WATCH_LONG)]
    Watch(Watch),
    /// Send mail through a profile: files, standard input, or items of a mailbox
    #[command(after_help = help::SEND)]
    Send(Send),
    /// List, make and change profiles: which mailboxes a session opens
    #[command(after_help = help::PROFILE, subcommand_required = true)]
    Profile {
        /// What to do
        #[command(subcommand)]
        verb: ProfileVerb,
    },
    /// List, add and change the message services of a profile
    #[command(after_help = help::SERVICE, subcommand_required = true)]
    Service(ServiceArgs),
    /// Look up property names, numbers, flags and property sets
    #[command(after_help = help::TAG)]
    Tag(Tag),
    /// Look up MAPI error names and numbers
    #[command(after_help = help::ERROR)]
    Error(ErrorArgs),
    /// A guided tour through a mailbox: yours, or one that it makes
    #[command(after_help = help::TOUR)]
    Tour(Tour),
    /// Print a completion script for a shell
    #[command(after_help = help::COMPLETIONS)]
    Completions {
        /// The shell
        #[arg(value_enum)]
        shell: Shell,
    },
    /// Print the manual page, or write one for each verb
    #[command(after_help = help::MAN)]
    Man {
        /// Write the pages into this directory
        #[arg(long, value_name = "DIR")]
        dir: Option<PathBuf>,
    },
}

/// Arguments of `mapix ls`.
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
#[derive(Args, Clone, Default, Debug)]
pub(crate) struct Ls {
    /// The mailbox: a file, `profile:NAME/STORE` or `sample:`
    pub(crate) file: PathBuf,
    /// The folder; see ADDRESSES in `mapix help ls`
    pub(crate) folder: Option<String>,
    /// Folders below as well; without a folder, the whole mailbox
    #[arg(short, long)]
    pub(crate) recursive: bool,
    /// Associated (hidden) items instead of normal ones
    #[arg(long)]
    pub(crate) hidden: bool,
    /// Deleted items that are still there instead
    #[arg(long)]
    pub(crate) deleted: bool,
    /// Items whose folder no longer exists instead; of the whole mailbox
    #[arg(long, conflicts_with_all = ["folder", "recursive"])]
    pub(crate) orphans: bool,
    /// Normal, hidden, deleted items and orphans together
    #[arg(short, long, conflicts_with_all = ["hidden", "deleted", "orphans"])]
    pub(crate) all: bool,
    /// Properties to show, by name or number, such as PR_SUBJECT,0x0E08
    #[arg(long, value_name = "TAG,...", value_delimiter = ',')]
    pub(crate) columns: Vec<String>,
    /// Sort within the list: by this key, descending with a minus before it
    #[arg(long, value_name = "KEY", allow_hyphen_values = true, value_parser = sort_key)]
    pub(crate) sort: Option<SortKey>,
    /// At most this many items
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<usize>,
    /// Do not cut text to the width of the terminal
    #[arg(long)]
    pub(crate) wide: bool,
}

/// Arguments of `mapix search`.
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
#[derive(Args, Clone, Default, Debug)]
pub(crate) struct Search {
    /// The mailbox: a file, `profile:NAME/STORE` or `sample:`
    pub(crate) file: PathBuf,
    /// What to find; see QUERIES in `mapix help search`; `-` reads it from standard input
    #[arg(allow_hyphen_values = true, required_unless_present = "restriction")]
    pub(crate) query: Option<String>,
    /// What fits this restriction; see RESTRICTIONS in `mapix help search`; `-` as well
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub(crate) restriction: Option<String>,
    /// Only in this folder and those below it
    #[arg(long)]
    pub(crate) folder: Option<String>,
    /// Among associated (hidden) items instead of normal ones
    #[arg(long)]
    pub(crate) hidden: bool,
    /// Among deleted items that are still there instead
    #[arg(long)]
    pub(crate) deleted: bool,
    /// Among items whose folder no longer exists instead
    #[arg(long, conflicts_with = "folder")]
    pub(crate) orphans: bool,
    /// Among normal, hidden, deleted items and orphans together
    #[arg(short, long, conflicts_with_all = ["hidden", "deleted", "orphans"])]
    pub(crate) all: bool,
    /// Properties to show, by name or number, such as PR_SUBJECT,0x0E08
    #[arg(long, value_name = "TAG,...", value_delimiter = ',')]
    pub(crate) columns: Vec<String>,
    /// Sort what is found: by this key, descending with a minus before it
    #[arg(long, value_name = "KEY", allow_hyphen_values = true, value_parser = sort_key)]
    pub(crate) sort: Option<SortKey>,
    /// At most this many items
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<usize>,
    /// Show the words around what was found, in brackets
    #[arg(long)]
    pub(crate) snippets: bool,
    /// Only say how many items were found
    #[arg(long, conflicts_with_all = ["columns", "sort", "limit", "wide", "snippets"])]
    pub(crate) count: bool,
    /// Only say how the query was understood, and search nothing
    #[arg(long, conflicts_with = "count")]
    pub(crate) explain: bool,
    /// Do not cut text to the width of the terminal
    #[arg(long)]
    pub(crate) wide: bool,
}

/// What to sort by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct SortKey {
    /// The field.
    pub(crate) field: SortField,
    /// Largest first.
    pub(crate) descending: bool,
}

/// A field to sort by.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum SortField {
    /// Place in the folder.
    Position,
    /// Date of delivery or sending.
    Date,
    /// Sender.
    From,
    /// Subject.
    Subject,
    /// Size.
    Size,
    /// Message class.
    Class,
    /// Folder.
    Path,
}

fn sort_key(text: &str) -> Result<SortKey, String> {
    let (name, descending) = match text.strip_prefix('-') {
        Some(name) => (name, true),
        None => (text, false),
    };
    let field = SortField::from_str(name, true).map_err(|_| {
        "one of position, date, from, subject, size, class, path; a minus before it for the \
         largest first"
            .to_owned()
    })?;
    Ok(SortKey { field, descending })
}

/// Arguments of `mapix tree`.
#[derive(Args, Clone, Default, Debug)]
pub(crate) struct Tree {
    /// The mailbox: a file, `profile:NAME/STORE` or `sample:`
    pub(crate) file: PathBuf,
    /// The folder to begin with; see ADDRESSES in `mapix help tree`
    pub(crate) folder: Option<String>,
    /// How many levels below it
    #[arg(long, value_name = "N")]
    pub(crate) depth: Option<usize>,
    /// Begin at the root, with folders that Outlook does not show
    #[arg(short, long, conflicts_with = "folder")]
    pub(crate) all: bool,
}

/// Arguments of `mapix show`.
#[derive(Args, Clone, Default, Debug)]
pub(crate) struct Show {
    /// The mailbox: a file, `profile:NAME/STORE` or `sample:`
    pub(crate) file: PathBuf,
    /// The item; see ADDRESSES in `mapix help show`
    pub(crate) item: Option<String>,
    /// Which body to show, as text: best, text, html, rtf or none
    #[arg(long, value_enum, default_value_t, value_name = "WHICH", hide_possible_values = true)]
    pub(crate) body: Body,
    /// The Internet headers as they came
    #[arg(long)]
    pub(crate) headers: bool,
    /// Cut values of more bytes than this in JSON [default: whole]
    #[arg(long, value_name = "BYTES")]
    pub(crate) max_value: Option<u64>,
}

/// A body of a message.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, ValueEnum)]
pub(crate) enum Body {
    /// Plain text, else HTML, else RTF, as text
    #[default]
    Best,
    /// Plain text only
    Text,
    /// HTML as text
    Html,
    /// RTF as text
    Rtf,
    /// None
    None,
}

/// Arguments of `mapix props`.
#[derive(Args, Clone, Default, Debug)]
pub(crate) struct Props {
    /// The mailbox: a file, `profile:NAME/STORE` or `sample:`
    pub(crate) file: PathBuf,
    /// The item; see ADDRESSES in `mapix help props`
    pub(crate) item: Option<String>,
    /// Only these properties, by name or number; of any type
    #[arg(long, value_name = "TAG,...", value_delimiter = ',')]
    pub(crate) tag: Vec<String>,
    /// The recipients of the message, row by row
    #[arg(long)]
    pub(crate) recipients: bool,
    /// Cut values of more bytes than this [default: whole, but in text cut]
    #[arg(long, value_name = "BYTES")]
    pub(crate) max_value: Option<u64>,
    /// Do not cut text to the width of the terminal
    #[arg(long)]
    pub(crate) wide: bool,
}

/// Arguments of `mapix stat`.
#[derive(Args, Clone, Default, Debug)]
pub(crate) struct Stat {
    /// The mailbox: a file, `profile:NAME/STORE` or `sample:`
    pub(crate) file: PathBuf,
    /// Read every property, table and attachment byte as well
    #[arg(long)]
    pub(crate) full: bool,
}

/// Arguments of `mapix check`.
#[derive(Args, Clone, Default, Debug)]
pub(crate) struct Check {
    /// The mailbox: a file, or `profile:NAME/STORE`
    pub(crate) file: PathBuf,
    /// Only the header, the trees and the allocation maps, which takes no time; of a mapix store
    /// all but what objects and large values hold
    #[arg(long)]
    pub(crate) quick: bool,
    /// List at most this many findings of each rule; all are counted
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub(crate) limit: u64,
}

/// Arguments of `mapix import`.
#[derive(Args, Clone, Debug)]
pub(crate) struct Import {
    /// Mailboxes: PST, OST and mapix files, mails, mbox files, Maildirs, directories of mails
    #[arg(required = true)]
    pub(crate) sources: Vec<PathBuf>,
    /// The mailbox that takes them; it is made if it is not there
    #[arg(long, value_name = "NAME.mapix")]
    pub(crate) into: PathBuf,
    /// Keep the folders as they are below this folder of the mailbox
    #[arg(long, value_name = "FOLDER")]
    pub(crate) under: Option<String>,
    /// Only this folder of the sources and those below it
    #[arg(long, value_name = "FOLDER")]
    pub(crate) folder: Option<String>,
    /// When an item counts as there already: content, message-id or none
    #[arg(long, value_enum, default_value_t, value_name = "HOW", hide_possible_values = true)]
    pub(crate) dedupe: DedupeBy,
    /// Deleted items that are still there as well, into folders `(deleted)`
    #[arg(long)]
    pub(crate) deleted: bool,
    /// Items whose folder is not there as well, into a folder `(orphans)`
    #[arg(long)]
    pub(crate) orphans: bool,
    /// Read everything, make nothing
    #[arg(short = 'n', long)]
    pub(crate) dry_run: bool,
}

/// When an imported item counts as there already.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) enum DedupeBy {
    /// With the same content in the same folder.
    #[default]
    Content,
    /// With the same message ID in the same folder.
    MessageId,
    /// Only the same item of the same source.
    None,
}

/// Arguments of `mapix watch`.
#[derive(Args, Clone, Default, Debug)]
pub(crate) struct Watch {
    /// The mailbox: a file, or `profile:NAME/STORE`
    pub(crate) file: PathBuf,
    /// Only what happens to this folder and right in it
    #[arg(long)]
    pub(crate) folder: Option<String>,
    /// Also what happens to the rows of this folder's table
    #[arg(long, requires = "folder")]
    pub(crate) rows: bool,
    /// Also what happens to the session: its stores, their state, its end
    #[arg(long)]
    pub(crate) session: bool,
    /// End after this many notices
    #[arg(long, value_name = "N")]
    pub(crate) count: Option<u64>,
    /// End after this time, such as 500ms, 10s, 5m or 2h
    #[arg(long = "for", value_name = "TIME", value_parser = crate::commands::watch::duration)]
    pub(crate) time: Option<std::time::Duration>,
}

/// Arguments of `mapix send`.
#[derive(Args, Clone, Debug)]
pub(crate) struct Send {
    /// What to send: .eml files, - for standard input, or, with --of, items of that mailbox; with
    /// --retry and --cancel, messages of the queue by their ids
    #[arg(value_name = "MAIL")]
    pub(crate) mails: Vec<String>,
    /// The profile; otherwise the default one
    #[arg(long)]
    pub(crate) profile: Option<String>,
    /// Send items of this mailbox
    #[arg(long, value_name = "FILE")]
    pub(crate) of: Option<PathBuf>,
    /// Send to this address, in place of those whom the mail names; may be repeated
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) to: Vec<String>,
    /// How long to try again what is put off, such as 30s or 2h; each mail is tried once at least
    #[arg(
        long,
        value_name = "TIME",
        default_value = "0s",
        value_parser = crate::commands::watch::duration
    )]
    pub(crate) wait: std::time::Duration,
    /// List what waits in the outgoing queue
    #[arg(long, conflicts_with_all = ["mails", "to", "of", "retry", "cancel"])]
    pub(crate) queue: bool,
    /// Try again now what waits in the queue, or the messages that are named; one that may have been
    /// sent already is sent again only if it is named
    #[arg(long, conflicts_with_all = ["to", "of", "cancel"])]
    pub(crate) retry: bool,
    /// Take messages out of the queue, unsent
    #[arg(long, conflicts_with_all = ["to", "of"])]
    pub(crate) cancel: bool,
}

/// Arguments of `mapix compact`.
#[derive(Args, Clone, Debug)]
pub(crate) struct Compact {
    /// The store: NAME.mapix, or `profile:NAME/STORE`
    pub(crate) file: PathBuf,
    /// Make the full-text index anew before: after `check` found fault with it, or where an older
    /// mapix made it
    #[arg(long)]
    pub(crate) reindex: bool,
}

/// Arguments of `mapix backup`.
#[derive(Args, Clone, Debug)]
pub(crate) struct Backup {
    /// The store: NAME.mapix, or `profile:NAME/STORE`
    pub(crate) file: PathBuf,
    /// The copy, which must not be there yet
    pub(crate) out: PathBuf,
}

/// Arguments of `mapix export`.
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
#[derive(Args, Clone, Debug)]
pub(crate) struct Export {
    /// The mailbox: a file, `profile:NAME/STORE` or `sample:`
    pub(crate) file: PathBuf,
    /// Only what fits this query; see QUERIES in `mapix help search`
    #[arg(conflicts_with = "query_option")]
    pub(crate) query: Option<String>,
    /// The form: eml, mbox, maildir, jsonl, csv or attachments
    #[arg(long, value_enum, value_name = "FORM", hide_possible_values = true)]
    pub(crate) to: To,
    /// The directory to write to: a new or an empty one
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// The query, as an option
    #[arg(long = "query", id = "query_option", value_name = "QUERY")]
    pub(crate) query_option: Option<String>,
    /// What fits this restriction; see RESTRICTIONS in `mapix help search`
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub(crate) restriction: Option<String>,
    /// Only this folder and those below it
    #[arg(long, value_name = "FOLDER")]
    pub(crate) folder: Option<String>,
    /// Associated (hidden) items instead of normal ones
    #[arg(long)]
    pub(crate) hidden: bool,
    /// Deleted items that are still there instead
    #[arg(long)]
    pub(crate) deleted: bool,
    /// Items whose folder no longer exists instead
    #[arg(long, conflicts_with = "folder")]
    pub(crate) orphans: bool,
    /// Normal, hidden, deleted items and orphans together
    #[arg(short, long, conflicts_with_all = ["hidden", "deleted", "orphans"])]
    pub(crate) all: bool,
    /// For csv: properties to write, by name or number
    #[arg(long, value_name = "TAG,...", value_delimiter = ',')]
    pub(crate) columns: Vec<String>,
    /// For eml, mbox and maildir: beside each message, every property of it as JSON
    #[arg(long)]
    pub(crate) properties: bool,
    /// Go on with an export that was stopped
    #[arg(long)]
    pub(crate) resume: bool,
}

/// What a mailbox is exported to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum To {
    /// One file of internet mail for each message
    Eml,
    /// One mboxrd file for each folder
    Mbox,
    /// One Maildir for each folder
    Maildir,
    /// Every property as JSON Lines, one file for each folder
    Jsonl,
    /// One table
    Csv,
    /// The files that are attached
    Attachments,
}

impl To {
    /// Its name on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Eml => "eml",
            Self::Mbox => "mbox",
            Self::Maildir => "maildir",
            Self::Jsonl => "jsonl",
            Self::Csv => "csv",
            Self::Attachments => "attachments",
        }
    }
}

/// The verbs of `mapix profile`.
#[derive(Subcommand, Debug)]
pub(crate) enum ProfileVerb {
    /// List all profiles
    List,
    /// Make a profile; the first one becomes the default
    Create {
        /// Its name
        name: String,
    },
    /// Delete a profile; the mailboxes stay
    Delete {
        /// Its name
        name: String,
    },
    /// Copy a profile
    Copy {
        /// Its name
        from: String,
        /// The name of the copy
        to: String,
    },
    /// Give a profile another name
    Rename {
        /// Its name
        from: String,
        /// Its new name
        to: String,
    },
    /// Print the name of the default profile, or make one the default
    Default {
        /// Its name
        name: Option<String>,
        /// Have no default
        #[arg(long, conflicts_with = "name")]
        none: bool,
    },
}

/// Arguments of `mapix service`.
#[derive(Args, Debug)]
pub(crate) struct ServiceArgs {
    /// The profile [default: the default one]
    #[arg(short, long, value_name = "NAME", global = true)]
    pub(crate) profile: Option<String>,
    /// What to do
    #[command(subcommand)]
    pub(crate) verb: ServiceVerb,
}

/// The verbs of `mapix service`.
#[derive(Subcommand, Debug)]
pub(crate) enum ServiceVerb {
    /// List the kinds of services, and what can be set for them
    Kinds,
    /// List the services of the profile, in order
    List,
    /// Add a service; a mapix store that is not there is made, and the first one is the default one
    Add {
        /// Its kind; see `mapix service kinds`
        kind: String,
        /// Its name
        name: String,
        /// Settings: NAME=TEXT, or NAME=$VARIABLE for what the environment holds then
        #[arg(value_name = "NAME=VALUE")]
        settings: Vec<String>,
    },
    /// Copy a service
    Copy {
        /// Its name or UID
        service: String,
        /// The name of the copy
        name: String,
    },
    /// Give a service another name
    Rename {
        /// Its name or UID
        service: String,
        /// Its new name
        name: String,
    },
    /// Remove a service; the mailbox stays
    Remove {
        /// Its name or UID
        service: String,
    },
    /// Change settings; NAME= alone removes one
    Set {
        /// Its name or UID
        service: String,
        /// Settings, as for `add`
        #[arg(value_name = "NAME=VALUE", required = true)]
        settings: Vec<String>,
    },
    /// Move a service to a place in the order
    Move {
        /// Its name or UID
        service: String,
        /// The place, from 1
        #[arg(value_parser = clap::value_parser!(u32).range(1..))]
        place: u32,
    },
    /// Make the store of a service the default one
    Default {
        /// Its name or UID
        service: String,
    },
}

/// Arguments of `mapix tag`.
#[derive(Args, Debug)]
pub(crate) struct Tag {
    /// Names or numbers: PR_SUBJECT, PidTagSubject, 0x0037001F, 0x0037, PidLidLocation,
    /// 0x8208, MSGFLAG_READ, PSETID_Common
    #[arg(required = true, value_name = "NAME|NUMBER")]
    pub(crate) names: Vec<String>,
    /// Search for words in the names instead
    #[arg(short, long)]
    pub(crate) search: bool,
}

/// Arguments of `mapix error`.
#[derive(Args, Debug)]
pub(crate) struct ErrorArgs {
    /// Names or numbers: MAPI_E_NOT_FOUND, 0x8004010F, -2147221233
    #[arg(required = true, value_name = "NAME|NUMBER", allow_negative_numbers = true)]
    pub(crate) names: Vec<String>,
    /// Search for words in the names and meanings instead
    #[arg(short, long)]
    pub(crate) search: bool,
}

/// Arguments of `mapix tour`.
#[derive(Args, Debug)]
pub(crate) struct Tour {
    /// The mailbox file [default: one that is made for the tour, and removed]
    pub(crate) file: Option<PathBuf>,
}
