//! Reading the properties of an object, and knowing afterwards which were read.

use std::cell::{RefCell, RefMut};
use std::collections::BTreeSet;
use std::io::Read;

use mapix_core::prop::{FileTime, Guid, PropBag, PropTag, PropType, Value};
use mapix_core::{Attachment, Error, ErrorCode, Message, PropertyStream, Result};

use crate::{EmlOptions, LossKind, Losses, Meter, Names};

/// Values of more bytes than this are not held in memory; what can be streamed is.
pub(crate) const HELD: u64 = 4 << 20;

/// What one conversion shares.
pub(crate) struct Conversion<'a> {
    pub(crate) names: &'a Names,
    pub(crate) options: &'a EmlOptions,
    losses: RefCell<Losses>,
    /// How much more of what is embedded is followed.
    pub(crate) meter: &'a Meter,
}

impl<'a> Conversion<'a> {
    pub(crate) fn new(options: &'a EmlOptions, meter: &'a Meter) -> Self {
        Self { names: &options.names, options, losses: RefCell::default(), meter }
    }

    pub(crate) fn losses(&self) -> RefMut<'_, Losses> {
        self.losses.borrow_mut()
    }

    pub(crate) fn into_losses(self) -> Losses {
        self.losses.into_inner()
    }
}

/// The object behind an [`Item`].
#[derive(Clone)]
pub(crate) enum Object {
    Message(Message),
    Attachment(Attachment),
}

/// A message or an attachment that is being converted.
pub(crate) struct Item<'a> {
    pub(crate) conversion: &'a Conversion<'a>,
    pub(crate) bag: PropBag,
    pub(crate) place: String,
    object: Object,
    used: RefCell<BTreeSet<u16>>,
}

impl<'a> Item<'a> {
    pub(crate) fn message(
        conversion: &'a Conversion<'a>,
        message: &Message,
        place: String,
    ) -> Result<Self> {
        Ok(Self::new(conversion, message.props()?, Object::Message(message.clone()), place))
    }

    pub(crate) fn attachment(
        conversion: &'a Conversion<'a>,
        attachment: &Attachment,
        place: String,
    ) -> Result<Self> {
        let bag = attachment.props()?;
        Ok(Self::new(conversion, bag, Object::Attachment(attachment.clone()), place))
    }

    fn new(conversion: &'a Conversion<'a>, bag: PropBag, object: Object, place: String) -> Self {
        Self { conversion, bag, place, object, used: RefCell::default() }
    }

    /// Counts a loss at this object.
    pub(crate) fn lose(&self, kind: LossKind, what: impl Into<String>) {
        self.conversion.losses().add(kind, self.place.as_str(), what);
    }

    /// Marks a property as carried over.
    pub(crate) fn mark(&self, tag: PropTag) {
        self.used.borrow_mut().insert(tag.id());
    }

    /// Whether a property was asked for.
    pub(crate) fn is_used(&self, id: u16) -> bool {
        self.used.borrow().contains(&id)
    }

    /// Whether there is such a property, readable or not.
    pub(crate) fn has(&self, tag: PropTag) -> bool {
        self.bag.find(tag.id()).is_some()
    }

    /// A value of up to [`HELD`] bytes. A damaged one is a loss and reads as absent.
    pub(crate) fn value(&self, tag: PropTag) -> Option<Value> {
        self.mark(tag);
        match self.bag.get(tag)? {
            Value::Large(_, size) if *size > HELD => {
                self.lose(LossKind::Property, format!("{tag} has {size} bytes, which is too much"));
                None
            }
            Value::Large(..) => {
                let loaded = match &self.object {
                    Object::Message(message) => message.get(tag),
                    Object::Attachment(attachment) => attachment.get(tag),
                };
                loaded.unwrap_or_else(|error| {
                    self.lose(LossKind::Damaged, format!("{tag}: {error}"));
                    None
                })
            }
            value => Some(value.clone()),
        }
    }

    /// Text that is not empty, without zeros at its end.
    pub(crate) fn text(&self, tag: PropTag) -> Option<String> {
        let value = self.value(tag)?;
        let text = value.as_text()?;
        let text = text.trim_end_matches('\0');
        (!text.trim().is_empty()).then(|| text.to_owned())
    }

    pub(crate) fn i32(&self, tag: PropTag) -> Option<i32> {
        self.mark(tag);
        self.bag.i32(tag)
    }

    pub(crate) fn bool(&self, tag: PropTag) -> Option<bool> {
        self.mark(tag);
        self.bag.bool(tag)
    }

    /// A time that a calendar has.
    pub(crate) fn time(&self, tag: PropTag) -> Option<FileTime> {
        self.mark(tag);
        self.bag.time(tag).filter(|time| is_time(*time))
    }

    pub(crate) fn is_attachment(&self) -> bool {
        matches!(self.object, Object::Attachment(_))
    }

    pub(crate) fn bytes(&self, tag: PropTag) -> Option<Vec<u8>> {
        self.value(tag)?.as_bytes().map(Into::into)
    }

    /// The texts of a property with one or many values.
    pub(crate) fn texts(&self, tag: PropTag) -> Vec<String> {
        let multi = tag.with_type(PropType::MV_UNICODE);
        let value = self.value(multi).or_else(|| self.value(tag.with_type(PropType::UNICODE)));
        let each = value.iter().flat_map(Value::each);
        each.filter_map(|value| value.as_text().map(Into::into)).collect()
    }

    /// The tag of a named property; `None` if the store has no such name.
    pub(crate) fn named(&self, set: Guid, id: u32, prop_type: PropType) -> Option<PropTag> {
        self.conversion.names.by_id(set, id, prop_type)
    }

    /// Opens a property as a stream.
    pub(crate) fn open(&self, tag: PropTag) -> Result<PropertyStream> {
        self.mark(tag);
        match &self.object {
            Object::Message(message) => message.open_property(tag),
            Object::Attachment(attachment) => attachment.open_property(tag),
        }
    }

    /// Reads a stream in pieces. A failure to read is a loss and ends the reading; gives whether
    /// everything was read.
    ///
    /// # Errors
    /// Those of the visitor, and `MAPI_E_INVALID_OBJECT` after logoff.
    pub(crate) fn read(
        &self,
        what: &str,
        stream: &mut dyn Read,
        each: &mut dyn FnMut(&[u8]) -> Result<()>,
    ) -> Result<bool> {
        // Whole lines of base64; stores give a block at a time, mostly of 8 KiB.
        let mut buffer = vec![0; 57 * 144];
        loop {
            match stream.read(&mut buffer) {
                Ok(0) => return Ok(true),
                Ok(count) => each(&buffer[..count])?,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.failed(what, Error::from(error))?;
                    return Ok(false);
                }
            }
        }
    }

    /// Takes a failure to read as a loss, unless the session has ended.
    pub(crate) fn failed(&self, what: &str, error: Error) -> Result<()> {
        if error.code() == ErrorCode::INVALID_OBJECT {
            return Err(error.context(what));
        }
        self.lose(LossKind::Damaged, format!("{what}: {error}"));
        Ok(())
    }
}

/// Whether a time is later than 1601 and before the year 4501, which Outlook writes for "none".
pub(crate) fn is_time(time: FileTime) -> bool {
    (1..0x0CB3_4557_A3DD_4000).contains(&time.0)
}

/// Bytes as digits: those that a name of an object may have.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let digits = bytes.iter().take(512).flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}
