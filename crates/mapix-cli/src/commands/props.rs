//! `mapix props`: every property of an object.

use std::borrow::Cow;
use std::io::Read;

use mapix::ledger::{Kind, Ledger};
use mapix::prop::{NameKind, Prop, PropBag, PropTag, PropType, Value, tags};
use mapix::{Object, names};

use crate::args::{Format, Global, Props};
use crate::exit::{Failure, Outcome};
use crate::output::text::{self, safe};
use crate::output::{Json, Output, Style, csv_record};
use crate::render::prop::{self, Large};
use crate::render::value;
use crate::source::Source;
use crate::{interrupt, report};

/// Values are cut to so many bytes in text, unless something else is asked for.
const TEXT_LIMIT: u64 = 256;
const INDENT: usize = 12;

pub(crate) fn run(args: &Props, global: &Global, output: &mut Output) -> Outcome {
    let mut ledger = report::ledger(global)?;
    let source = Source::open(&args.file, global)?;
    let result = print(args, output, &source, &mut ledger);
    report::conclude(global, &source, &ledger, result)
}

fn print(args: &Props, output: &mut Output, source: &Source, ledger: &mut Ledger) -> Outcome<()> {
    let object = source.find(args.item.as_deref())?;
    let wanted: Vec<PropTag> = args
        .tag
        .iter()
        .map(|text| super::ls::find_tag(source, text))
        .collect::<Outcome<Vec<PropTag>>>()?;
    let mut printer = Printer { args, source, ledger, wanted, record: 0 };
    match output.format {
        Format::Json => printer.json_array(output, &object)?,
        _ => printer.objects(output, &object)?,
    }
    output.flush()?;
    Ok(())
}

struct Printer<'a> {
    args: &'a Props,
    source: &'a Source,
    ledger: &'a mut Ledger,
    /// Only these, if there are any.
    wanted: Vec<PropTag>,
    /// How many properties have been printed.
    record: u64,
}

/// Where a bag is from, and which recipient it is.
struct Place<'a> {
    large: Large<'a>,
    recipient: Option<u32>,
}

impl Printer<'_> {
    fn json_array(&mut self, output: &mut Output, object: &Object) -> Outcome<()> {
        let mut json = output.json();
        json.begin_array()?;
        self.each(object, &mut |printer, prop, place| printer.json(&mut json, prop, place))?;
        json.end_array()?;
        Ok(())
    }

    fn objects(&mut self, output: &mut Output, object: &Object) -> Outcome<()> {
        let mut recipient = None;
        self.each(object, &mut |printer, prop, place| {
            match output.format {
                Format::Jsonl => return printer.json(&mut output.json(), prop, place),
                Format::Csv => return printer.csv(output, prop, place),
                Format::Text | Format::Json => {}
            }
            if place.recipient != recipient {
                recipient = place.recipient;
                let number = recipient.unwrap_or_default();
                let title = output.style(Style::Bold, format!("Recipient {number}"));
                output.line(title)?;
            }
            printer.card(output, prop, place)
        })
    }

    /// Calls for each property that is wanted.
    fn each(
        &mut self,
        object: &Object,
        call: &mut dyn FnMut(&mut Self, &Prop, &Place<'_>) -> Outcome<()>,
    ) -> Outcome<()> {
        if !self.args.recipients {
            let place = Place { large: Large::of(object), recipient: None };
            return self.each_in(&prop::bag(object)?, &place, call);
        }
        let Object::Message(message) = object else {
            return Err(Failure::usage("only messages have recipients"));
        };
        let (recipients, errors) = message.recipients()?.into_parts();
        self.ledger.expect(Kind::Recipient, (recipients.len() + errors.len()) as u64);
        for recipient in recipients {
            let place = Place { large: Large::nowhere(), recipient: Some(recipient.row_id) };
            self.each_in(&recipient.props, &place, call)?;
            self.ledger.count_done(Kind::Recipient, 1);
        }
        for error in errors {
            self.ledger.failed(Kind::Recipient, None, self.source.location.as_str(), error);
        }
        Ok(())
    }

    fn each_in(
        &mut self,
        bag: &PropBag,
        place: &Place<'_>,
        call: &mut dyn FnMut(&mut Self, &Prop, &Place<'_>) -> Outcome<()>,
    ) -> Outcome<()> {
        // What was asked for by name and is not there counts as missing.
        self.ledger.expect(Kind::Property, self.wanted.len() as u64);
        for prop in bag {
            interrupt::check()?;
            let is_wanted = self.wanted.iter().any(|tag| tag.id() == prop.tag.id());
            if !self.wanted.is_empty() && !is_wanted {
                continue;
            }
            if self.wanted.is_empty() {
                self.ledger.expect(Kind::Property, 1);
            }
            call(self, prop, place)?;
            self.record += 1;
            if let Value::Error(code) = prop.value {
                self.failed(prop.tag, code.to_string());
            } else {
                self.ledger.count_done(Kind::Property, 1);
            }
        }
        for tag in &self.wanted {
            if bag.find(tag.id()).is_none() {
                let place = format!("{}: {tag}", self.source.location);
                self.ledger.failed(Kind::Property, None, place, "it is not set");
            }
        }
        Ok(())
    }

    fn failed(&mut self, tag: PropTag, reason: String) {
        self.ledger.failed(Kind::Property, None, format!("{tag}"), reason);
    }

    fn json(&mut self, json: &mut Json<'_>, prop: &Prop, place: &Place<'_>) -> Outcome<()> {
        let limit = self.args.max_value;
        let names = &self.source.names;
        let lead = place.recipient.map(|row| ("recipient", u64::from(row)));
        if let Some(reason) = prop::write(json, prop, names, &place.large, limit, lead)?
            && !matches!(prop.value, Value::Error(_))
        {
            self.failed(prop.tag, reason);
        }
        Ok(())
    }

    fn csv(&mut self, output: &mut Output, prop: &Prop, place: &Place<'_>) -> Outcome<()> {
        if self.record == 0 {
            let heading = ["recipient", "tag", "name", "type", "set", "id", "value", "text"];
            csv_record(output, heading.into_iter().map(Cow::Borrowed))?;
        }
        let shown = match (&prop.value, self.args.max_value) {
            (Value::Large(..), None) => match place.large.load(prop.tag) {
                Ok(found) => found.map_or_else(String::new, |found| value::text(&found)),
                Err(error) => {
                    self.failed(prop.tag, error.to_string());
                    error.code().to_string()
                }
            },
            (_, limit) => excerpt(prop, &place.large, limit.unwrap_or(u64::MAX))?.0,
        };
        let name = self.source.names.name(prop.tag);
        let id = name.map(|name| match &name.kind {
            NameKind::Id(id) => format!("0x{id:04X}"),
            NameKind::Name(text) => text.to_string(),
        });
        let fields = [
            place.recipient.map(|row| row.to_string()).unwrap_or_default(),
            format!("{:?}", prop.tag),
            self.source.names.title(prop.tag).unwrap_or_default(),
            prop.tag.prop_type().to_string(),
            name.map(|name| name.set.to_string()).unwrap_or_default(),
            id.unwrap_or_default(),
            shown,
            value::meaning(prop, name).unwrap_or_default(),
        ];
        csv_record(output, fields.into_iter().map(Cow::Owned))?;
        Ok(())
    }

    /// A property on two lines or more: what it is, and what it holds.
    fn card(&mut self, output: &mut Output, prop: &Prop, place: &Place<'_>) -> Outcome<()> {
        let name = self.source.names.name(prop.tag);
        let title = self.source.names.title(prop.tag).unwrap_or_else(|| "(no name)".into());
        let number = output.style(Style::Dim, format!("{:?}", prop.tag));
        let mut kind = prop.tag.prop_type().to_string();
        if let Some(name) = name {
            let set = names::guid_name(name.set).map_or(name.set.to_string(), Into::into);
            kind += &match &name.kind {
                NameKind::Id(id) => format!(" {set}:0x{id:04X}"),
                NameKind::Name(_) => format!(" {set}"),
            };
        }
        let (title, kind) = (safe(&title).into_owned(), output.style(Style::Dim, safe(&kind)));
        output.line(format!("{number}  {}  {kind}", output.style(Style::Bold, title)))?;
        let default = if self.args.wide { u64::MAX } else { TEXT_LIMIT };
        let limit = self.args.max_value.unwrap_or(default);
        let (mut shown, cut) = excerpt(prop, &place.large, limit)?;
        if let Some(meaning) = value::meaning(prop, name) {
            shown = format!("{shown} = {meaning}");
        }
        if let Some(what) = self.entry(prop) {
            shown = format!("{shown}\n= {what}");
        }
        if cut {
            shown += &format!("\u{2026} ({})", text::size(prop.value.size()));
        }
        let columns = if self.args.wide { usize::MAX } else { output.width - INDENT };
        for line in text::wrap(&text::safe_lines(&shown), columns) {
            output.line(format!("{:INDENT$}{line}", "").trim_end())?;
        }
        Ok(())
    }

    /// What an entry ID leads to.
    fn entry(&self, prop: &Prop) -> Option<String> {
        let id = value::entry_id(prop)?;
        let store = &self.source.store;
        let object = store.open_entry(&id).ok()?;
        let name = |text: mapix::Result<Option<String>>| {
            text.ok().flatten().map(|text| format!(" ({text})")).unwrap_or_default()
        };
        Some(match &object {
            Object::Store(_) => "this mailbox".into(),
            Object::Folder(folder) => {
                format!("folder nid:0x{:X}{}", folder.id(), name(folder.text(tags::DISPLAY_NAME)))
            }
            Object::Message(message) => {
                let number = message.id().map(|id| format!(" nid:0x{id:X}")).unwrap_or_default();
                format!("message{number}{}", name(message.text(tags::SUBJECT)))
            }
            _ => return None,
        })
    }
}

/// A value as text, and whether that is not all of it.
fn excerpt(prop: &Prop, large: &Large<'_>, limit: u64) -> Outcome<(String, bool)> {
    let cut = prop.value.size() > limit;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let held = match &prop.value {
        Value::Large(kind, _) if kind.is_multi() || *kind == PropType::STRING8 => {
            match large.load(prop.tag) {
                Ok(found) => found.unwrap_or(Value::Null),
                Err(error) => return Ok((error.to_string(), false)),
            }
        }
        Value::Large(kind, _) => match beginning(prop.tag, large, limit) {
            Ok(bytes) => {
                // A surrogate pair must not be cut in two.
                let whole = bytes.len() - bytes.len() % 2;
                let bytes = if *kind == PropType::UNICODE { &bytes[..whole] } else { &bytes };
                Value::Raw(*kind, bytes.into())
            }
            Err(error) => return Ok((error.to_string(), false)),
        },
        Value::Object(_) => return Ok(("(an object, which is opened)".into(), false)),
        value => value.clone(),
    };
    let bytes = held.as_bytes().filter(|_| held.as_text().is_none());
    if let Some(bytes) = bytes {
        let bytes = &bytes[..limit.min(bytes.len())];
        let text = match value::printable(bytes).filter(|_| !matches!(held, Value::Guid(_))) {
            Some(text) => format!("\"{text}\""),
            None if matches!(held, Value::Guid(_)) => value::text(&held),
            None => value::hex(bytes),
        };
        return Ok((text, cut));
    }
    let text = value::text(&held);
    let end = text.char_indices().map(|(at, _)| at).find(|at| *at >= limit);
    Ok((text[..end.unwrap_or(text.len())].to_owned(), cut))
}

fn beginning(tag: PropTag, large: &Large<'_>, limit: usize) -> mapix::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    large.open(tag)?.take(limit as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}
