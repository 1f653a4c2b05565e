//! The attachments of a message as files.

use std::io;

use mapix::ledger::Kind;
use mapix::prop::tags;
use mapix::{AttachMethod, Attachment, ErrorCode, Message};
use mapix_convert::{Budget, place_of_attachment, place_of_message};

use super::file::{Aside, Whole};
use super::hashes::{Hashes, Inside, Seen};
use super::made::{Catch, Made, told};
use super::names::{join, safe_file_name, safe_name};
use super::write::Writer;
use crate::exit::{Failure, Outcome};

/// The file of an attachment.
pub(super) struct Written {
    /// Which attachment of the message, from 1.
    pub(super) number: usize,
    pub(super) name: String,
    pub(super) whole: Whole,
}

impl Writer<'_> {
    /// Writes the attachments of a message into a directory. Their hashes, and those of what is in
    /// them, are taken on the way.
    pub(super) fn attachments(
        &self,
        message: &Message,
        dir: &str,
        hashes: &mut Hashes,
        made: &mut Made,
    ) -> Outcome<Vec<Written>> {
        // What is wrong with all of them is told with their records.
        let Ok(found) = message.attachments() else { return Ok(Vec::new()) };
        let mut left = self.eml.budget;
        let mut written = Vec::new();
        for (attachment, number) in found.into_parts().0.into_iter().zip(1..) {
            let place = place_of_attachment("", attachment.number());
            match self.attachment(&attachment, number, dir, &mut left, hashes, made) {
                Ok(file) => written.extend(file),
                Err(Failure::Input(error)) => {
                    hashes.put(place, Seen::Nothing);
                    made.fail(Kind::Attachment, format!("attachment {number}: {error}"));
                }
                Err(failure) => return Err(failure),
            }
        }
        Ok(written)
    }

    fn attachment(
        &self,
        attachment: &Attachment,
        number: usize,
        dir: &str,
        left: &mut Budget,
        hashes: &mut Hashes,
        made: &mut Made,
    ) -> Outcome<Option<Written>> {
        let create = |name: &str| -> Outcome<_> {
            let name = join(dir, &format!("{number:0>2} {name}"));
            Ok((Catch(Aside::create(self.dir.join(&name))?, None), name))
        };
        let place = place_of_attachment("", attachment.number());
        let (out, name) = match attachment.method()? {
            AttachMethod::EmbeddedMessage => {
                left.enter()?;
                let inner = attachment.embedded()?;
                let subject = inner.props()?.text(tags::SUBJECT).unwrap_or_default();
                let name = safe_name(&subject).unwrap_or_else(|| "message".into());
                let (mut out, name) = create(&format!("{name}.eml"))?;
                let mut inside = Inside { hashes, place: place_of_message(&place) };
                self.mail(&inner, &mut inside, &mut out, made)?;
                left.spend(out.0.bytes());
                (out, name)
            }
            AttachMethod::ByValue | AttachMethod::Ole => {
                let mut data = match attachment.open_data() {
                    Err(error) if error.code() == ErrorCode::NOT_FOUND => {
                        hashes.put(place, Seen::Nothing);
                        return Ok(None);
                    }
                    data => data?,
                };
                let name = attachment.name().ok().flatten().unwrap_or_default();
                let (mut out, name) =
                    create(&safe_file_name(&name).unwrap_or_else(|| "file".into()))?;
                let copied = io::copy(&mut data, &mut out);
                let copied = copied.map(|_| ()).map_err(|error| mapix::Error::from(error).into());
                told(&mut out, copied)?;
                let whole = out.0.finish()?;
                hashes.put(place, Seen::Whole(whole.bytes, whole.sha256.clone()));
                return Ok(Some(Written { number, name, whole }));
            }
            _ => {
                let what = "only a link: there is no data".to_owned();
                made.entry.losses.push(["reference".into(), format!("attachment {number}"), what]);
                return Ok(None);
            }
        };
        Ok(Some(Written { number, name, whole: out.0.finish()? }))
    }
}
