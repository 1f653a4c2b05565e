//! `mapix show`: an object as a person reads it, or whole as JSON.

mod item;
pub(crate) mod json;
mod message;

use mapix::ledger::Ledger;
use mapix::prop::tags;
use mapix::{AttachMethod, Attachment, Contents, Folder, FolderKind, Object};

use crate::args::{Format, Global, Show};
use crate::exit::{Failure, Outcome};
use crate::output::text::{self, counted, safe};
use crate::output::{Output, Style};
use crate::source::Source;
use crate::{folders, report};

/// How wide the names of facts are.
const LABEL: usize = 10;

pub(crate) fn run(args: &Show, global: &Global, output: &mut Output) -> Outcome {
    if global.format == Format::Csv {
        return Err(Failure::usage("show has no CSV form; `mapix props` and `mapix ls` do"));
    }
    let mut ledger = report::ledger(global)?;
    let source = Source::open(&args.file, global)?;
    let object = source.find(args.item.as_deref())?;
    let result = show(args, output, &source, &object, &mut ledger);
    report::conclude_one(global, &source, &mut ledger, Some(number(&object)), result)
}

/// Shows an object.
pub(crate) fn show(
    args: &Show,
    output: &mut Output,
    source: &Source,
    object: &Object,
    ledger: &mut Ledger,
) -> Outcome<()> {
    if output.format == Format::Text {
        match object {
            Object::Store(_) => show_store(output, source)?,
            Object::Folder(folder) => show_folder(output, source, folder)?,
            Object::Message(message) => message::show(args, output, source, message, ledger)?,
            Object::Attachment(attachment) => show_attachment(output, attachment)?,
            _ => return Err(Failure::usage("an object of an unknown kind")),
        }
    } else {
        json::write(args, output, source, object, ledger)?;
    }
    output.flush()?;
    Ok(())
}

/// The number of the folder or message that an object is or belongs to; 0 if there is none.
pub(crate) fn number(object: &Object) -> u64 {
    match object {
        Object::Folder(folder) => folder.id(),
        Object::Message(message) => message.reference().map_or(0, |place| place.id),
        _ => 0,
    }
}

/// A fact with its name; nothing if it is empty. Long ones go on below.
pub(crate) fn fact(output: &mut Output, name: &str, value: &str) -> Outcome<()> {
    fact_in(output, LABEL, name, value)
}

/// Facts with their names, aligned.
pub(crate) fn facts(output: &mut Output, facts: &[(&str, String)]) -> Outcome<()> {
    let label = facts.iter().map(|(name, _)| name.len()).max().unwrap_or(0).max(LABEL);
    facts.iter().try_for_each(|(name, value)| fact_in(output, label, name, value))
}

fn fact_in(output: &mut Output, label: usize, name: &str, value: &str) -> Outcome<()> {
    if value.trim().is_empty() {
        return Ok(());
    }
    let columns = output.width.saturating_sub(label + 2);
    let value = safe(value);
    for (index, line) in text::wrap(&value, columns).iter().enumerate() {
        let name = if index == 0 { name } else { "" };
        let name = output.style(Style::Dim, format!("{name:label$}"));
        output.line(format!("{name}  {line}").trim_end())?;
    }
    Ok(())
}

fn show_store(output: &mut Output, source: &Source) -> Outcome<()> {
    let info = source.store.info();
    let title = output.style(Style::Bold, safe(&info.display_name));
    output.line(title)?;
    let props = source.store.props()?;
    let mut list = vec![
        ("name", props.text(tags::DISPLAY_NAME).unwrap_or_default()),
        ("format", info.format.clone()),
        ("provider", info.provider.to_owned()),
    ];
    list.extend(info.details.iter().map(|(name, value)| (*name, value.clone())));
    list.push(("record key", info.uid.to_string()));
    list.push(("properties", props.len().to_string()));
    facts(output, &list)?;
    let mut special: Vec<(u64, &str)> = source.special_folders().into_iter().collect();
    special.sort_by_key(|(_, word)| *word);
    let mut list = Vec::new();
    for (id, word) in special {
        let name = source.store.open_folder(id)?.name()?;
        list.push(if name.is_empty() { format!("@{word}") } else { format!("@{word} ({name})") });
    }
    fact(output, "special", &list.join(", "))?;
    let more =
        output.style(Style::Dim, "`mapix stat` counts everything, `mapix tree` shows the folders.");
    output.line("")?;
    output.line(more)?;
    Ok(())
}

fn show_folder(output: &mut Output, source: &Source, folder: &Folder) -> Outcome<()> {
    let props = folder.props()?;
    let name = folder.name()?;
    let path = folders::path_of(source, folder);
    let title = output.style(Style::Bold, safe(if name.is_empty() { &path } else { &name }));
    output.line(title)?;
    fact(output, "path", &path)?;
    let special = source.special_folders();
    if let Some(word) = special.get(&folder.id()) {
        fact(output, "special", &format!("@{word}"))?;
    }
    let kind = match folder.kind()? {
        FolderKind::Root => "the root",
        FolderKind::Search => "a search folder: it holds links to what a search found",
        _ => "a folder",
    };
    fact(output, "kind", kind)?;
    fact(output, "class", &props.text(tags::CONTAINER_CLASS).unwrap_or_default())?;
    fact(output, "comment", &props.text(tags::COMMENT).unwrap_or_default())?;
    let count = |contents| -> Outcome<u64> {
        Ok(folder.message_rows(contents, &[])?.iter().filter(|row| row.is_ok()).count() as u64)
    };
    let mut holds = vec![counted(count(Contents::Normal)?, "message")];
    holds.push(format!("{} associated (hidden)", count(Contents::Associated)?));
    let deleted = count(Contents::Deleted)?;
    if deleted > 0 {
        holds.push(format!("{deleted} deleted"));
    }
    let children = folder.folders()?;
    holds.push(counted(children.len() as u64, "folder"));
    fact(output, "holds", &holds.join(", "))?;
    let names: Vec<String> =
        children.iter().map(|child| child.name().unwrap_or_default()).collect();
    fact(output, "folders", &names.join(", "))?;
    fact(output, "nid", &format!("0x{:X}", folder.id()))?;
    fact(output, "entry ID", &folder.entry_id()?.to_string())
}

fn show_attachment(output: &mut Output, attachment: &Attachment) -> Outcome<()> {
    let props = attachment.props()?;
    let name = attachment.name()?.unwrap_or_else(|| "(no name)".into());
    let title = output.style(Style::Bold, safe(&name));
    output.line(title)?;
    fact(output, "kind", &kind_of(attachment)?)?;
    let size = props.i32(tags::ATTACH_SIZE).and_then(|size| u64::try_from(size).ok());
    fact(output, "size", &size.map(text::size).unwrap_or_default())?;
    fact(output, "type", &props.text(tags::ATTACH_MIME_TAG).unwrap_or_default())?;
    fact(output, "content ID", &props.text(tags::ATTACH_CONTENT_ID).unwrap_or_default())?;
    let path = [tags::ATTACH_LONG_PATHNAME, tags::ATTACH_PATHNAME];
    let path = path.into_iter().find_map(|tag| props.text(tag));
    fact(output, "path", &path.unwrap_or_default())?;
    if attachment.method()? == AttachMethod::EmbeddedMessage {
        let subject = attachment.embedded()?.text(tags::SUBJECT)?.unwrap_or_default();
        fact(output, "message", &subject)?;
        let more = output.style(Style::Dim, "Add /msg to the address to see the message.");
        output.line(more)?;
    }
    Ok(())
}

/// What an attachment is, for people.
pub(crate) fn kind_of(attachment: &Attachment) -> mapix::Result<String> {
    let props = attachment.props()?;
    Ok(match attachment.method()? {
        AttachMethod::ByValue => props
            .text(tags::ATTACH_MIME_TAG)
            .filter(|kind| !kind.is_empty())
            .unwrap_or_else(|| "file".into()),
        AttachMethod::EmbeddedMessage => "message".into(),
        AttachMethod::Ole => "OLE object".into(),
        AttachMethod::ByReference(_) => "link to a file".into(),
        AttachMethod::WebReference => "link to the web".into(),
        AttachMethod::None => "no data".into(),
        _ => "unknown".into(),
    })
}
