//! An object whole, as JSON.

use std::cell::RefCell;
use std::io;

use mapix::ledger::{Kind, Ledger};
use mapix::prop::PropBag;
use mapix::{AttachMethod, Attachment, Message, Object};
use mapix_convert::{Meter, Watch, place_of_attachment, place_of_message};

use crate::args::{Format, Show};
use crate::exit::{Failure, Outcome};
use crate::folders;
use crate::interrupt;
use crate::output::{Json, Output};
use crate::render::prop::{self, Data, Large};
use crate::source::Source;

struct Writer<'a> {
    json: Json<'a>,
    /// How much more of what is embedded is followed.
    meter: &'a Meter,
    source: &'a Source,
    ledger: &'a mut Ledger,
    limit: Option<u64>,
    /// Sees the data of attachments.
    watch: &'a mut dyn Watch,
    /// The place of the message that is being written, for the watch.
    place: String,
}

/// Writes an object, as the help of the verb documents it.
pub(super) fn write(
    args: &Show,
    output: &mut Output,
    source: &Source,
    object: &Object,
    ledger: &mut Ledger,
) -> Outcome<()> {
    let is_compact = output.format == Format::Jsonl;
    let meter = Meter::new(source.budget());
    let mut out = meter.writer(output.writer());
    let json = if is_compact { Json::compact(&mut out) } else { Json::pretty(&mut out) };
    let (limit, mut watch) = (args.max_value, ());
    let mut writer = Writer {
        json,
        meter: &meter,
        source,
        ledger,
        limit,
        watch: &mut watch,
        place: String::new(),
    };
    match object {
        Object::Message(message) => writer.message(message, Kind::Message),
        Object::Attachment(attachment) => writer.attachment(attachment),
        _ => writer.container(object),
    }
}

/// Writes a message on one line. The watch sees the data of its attachments.
pub(crate) fn write_message(
    out: &mut dyn io::Write,
    source: &Source,
    message: &Message,
    watch: &mut dyn Watch,
    ledger: &mut Ledger,
) -> Outcome<()> {
    let meter = Meter::new(source.budget());
    let mut out = meter.writer(out);
    let json = Json::compact(&mut out);
    let place = String::new();
    let mut writer = Writer { json, meter: &meter, source, ledger, limit: None, watch, place };
    writer.message(message, Kind::Message)
}

impl Writer<'_> {
    /// The store or a folder.
    fn container(&mut self, object: &Object) -> Outcome<()> {
        self.json.begin_object()?;
        match object {
            Object::Store(store) => {
                let info = store.info();
                self.json.field("kind", "store")?;
                self.json.field("format", &info.format)?;
                self.json.field("provider", info.provider)?;
                self.json.field("display_name", &info.display_name)?;
                self.json.field("entry_id", &store.entry_id()?.to_string())?;
            }
            Object::Folder(folder) => {
                self.json.field("kind", "folder")?;
                self.json.field("entry_id", &folder.entry_id()?.to_string())?;
                self.json.field("nid", &format!("0x{:X}", folder.id()))?;
                self.json.field("path", &folders::path_of(self.source, folder))?;
                let special = self.source.special_folders();
                let mark = special.get(&folder.id()).map(|word| format!("@{word}"));
                self.json.key("special")?;
                self.json.optional(mark.as_deref())?;
            }
            _ => return Err(Failure::usage("an object of an unknown kind")),
        }
        self.properties(object)?;
        self.json.end_object()?;
        Ok(())
    }

    fn message(&mut self, message: &Message, kind: Kind) -> Outcome<()> {
        interrupt::check()?;
        self.ledger.expect(kind, 1);
        self.json.begin_object()?;
        self.json.field("kind", if kind == Kind::Embedded { "embedded" } else { "message" })?;
        let entry_id = message.entry_id().ok();
        self.json.key("entry_id")?;
        self.json.optional(entry_id.as_ref().map(ToString::to_string).as_deref())?;
        self.json.key("nid")?;
        self.json.optional(message.id().map(|id| format!("0x{id:X}")).as_deref())?;
        self.properties(&Object::Message(message.clone()))?;
        self.recipients(message)?;
        self.attachments(message)?;
        self.json.end_object()?;
        self.ledger.done(kind, entry_id, self.source.location.as_str());
        Ok(())
    }

    fn recipients(&mut self, message: &Message) -> Outcome<()> {
        let (found, errors) = match message.recipients() {
            Ok(found) => found.into_parts(),
            Err(error) => (Vec::new(), vec![error]),
        };
        self.ledger.expect(Kind::Recipient, (found.len() + errors.len()) as u64);
        self.json.key("recipients")?;
        self.json.begin_array()?;
        for recipient in found {
            self.json.begin_object()?;
            self.json.field_uint("row_id", recipient.row_id.into())?;
            self.json.key("properties")?;
            let names = &self.source.names;
            let ledger = &mut *self.ledger;
            let mut failed = |tag, reason| {
                ledger.failed(Kind::Property, None, format!("recipient: {tag}"), reason);
            };
            let large = Large::nowhere();
            prop::write_all(
                &mut self.json,
                &recipient.props,
                names,
                &large,
                self.limit,
                &mut failed,
            )?;
            self.json.end_object()?;
            self.ledger.count_done(Kind::Recipient, 1);
        }
        for error in errors {
            self.ledger.failed(Kind::Recipient, message.entry_id().ok(), "recipients", error);
        }
        self.json.end_array()?;
        Ok(())
    }

    fn attachments(&mut self, message: &Message) -> Outcome<()> {
        let (found, errors) = match message.attachments() {
            Ok(found) => found.into_parts(),
            Err(error) => (Vec::new(), vec![error]),
        };
        self.json.key("attachments")?;
        self.json.begin_array()?;
        for attachment in found {
            self.attachment(&attachment)?;
        }
        self.ledger.expect(Kind::Attachment, errors.len() as u64);
        for error in errors {
            self.ledger.failed(Kind::Attachment, message.entry_id().ok(), "attachments", error);
        }
        self.json.end_array()?;
        Ok(())
    }

    fn attachment(&mut self, attachment: &Attachment) -> Outcome<()> {
        self.ledger.expect(Kind::Attachment, 1);
        self.json.begin_object()?;
        self.json.field("kind", "attachment")?;
        self.json.field_uint("number", attachment.number().into())?;
        self.json.key("name")?;
        self.json.optional(attachment.name()?.as_deref())?;
        let place = place_of_attachment(&self.place, attachment.number());
        self.attached(attachment, &place)?;
        if attachment.method()? == AttachMethod::EmbeddedMessage {
            match self.meter.enter().and_then(|()| attachment.embedded()) {
                Ok(message) => {
                    self.json.key("embedded")?;
                    let was_inside = self.meter.set_inside(true);
                    let outer = std::mem::replace(&mut self.place, place_of_message(&place));
                    self.message(&message, Kind::Embedded)?;
                    self.place = outer;
                    self.meter.set_inside(was_inside);
                }
                Err(error) => {
                    self.json.field("error", &error.to_string())?;
                    self.ledger.expect(Kind::Embedded, 1);
                    self.ledger.failed(Kind::Embedded, None, "attachments", error);
                }
            }
        }
        self.json.end_object()?;
        self.ledger.count_done(Kind::Attachment, 1);
        Ok(())
    }

    fn properties(&mut self, object: &Object) -> Outcome<()> {
        let bag = prop::bag(object)?;
        let large = Large::of(object);
        Self::bag(&mut self.json, self.source, self.ledger, self.limit, &bag, &large)
    }

    /// The properties of an attachment, whose data the watch sees.
    fn attached(&mut self, attachment: &Attachment, place: &str) -> Outcome<()> {
        let object = Object::Attachment(attachment.clone());
        let bag = prop::bag(&object)?;
        let data = Data { place, watch: RefCell::new(&mut *self.watch) };
        let large = Large::of(&object).with_data(&data);
        Self::bag(&mut self.json, self.source, self.ledger, self.limit, &bag, &large)
    }

    fn bag(
        json: &mut Json<'_>,
        source: &Source,
        ledger: &mut Ledger,
        limit: Option<u64>,
        bag: &PropBag,
        large: &Large<'_>,
    ) -> Outcome<()> {
        json.key("properties")?;
        let mut failures = 0;
        let mut failed = |tag, reason| {
            failures += 1;
            ledger.failed(Kind::Property, None, format!("{tag}"), reason);
        };
        prop::write_all(json, bag, &source.names, large, limit, &mut failed)?;
        ledger.expect(Kind::Property, bag.len() as u64);
        ledger.count_done(Kind::Property, bag.len() as u64 - failures);
        Ok(())
    }
}
