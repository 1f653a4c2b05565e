//! The attachments of a message as files.

use std::io;

use mapix::ledger::Kind;
use mapix::{AttachMethod, Attachment, Message};
use mapix_convert::Budget;

use super::file::Aside;
use super::made::{Catch, Made, told};
use super::names::{join, safe_file_name, safe_name};
use super::record::{Part, Record};
use super::write::Writer;
use crate::exit::{Failure, Outcome};

impl Writer<'_> {
    /// Writes the attachments of a message into a directory.
    pub(super) fn attachments(
        &self,
        message: &Message,
        dir: &str,
        records: &mut [Record],
        made: &mut Made,
    ) -> Outcome<()> {
        let Ok(found) = message.attachments() else { return Ok(()) };
        let own = records.iter_mut().filter(|record| record.get("parent_ordinal").is_empty());
        let mut left = self.eml.budget;
        for (attachment, record) in found.into_parts().0.into_iter().zip(own) {
            let result = self.attachment(&attachment, dir, record, &mut left, made);
            match result {
                Err(Failure::Input(error)) => {
                    let ordinal = record.get("ordinal");
                    made.fail(Kind::Attachment, format!("attachment {ordinal}: {error}"));
                }
                result => result?,
            }
        }
        Ok(())
    }

    fn attachment(
        &self,
        attachment: &Attachment,
        dir: &str,
        record: &mut Record,
        left: &mut Budget,
        made: &mut Made,
    ) -> Outcome<()> {
        let ordinal = format!("{:0>2}", record.get("ordinal"));
        let create = |name: &str| -> Outcome<_> {
            let file = join(dir, &format!("{ordinal} {name}"));
            Ok((Catch(Aside::create(self.dir.join(&file))?, None), file))
        };
        let (out, file) = match attachment.method()? {
            AttachMethod::EmbeddedMessage => {
                left.enter()?;
                let inner = attachment.embedded()?;
                let name = safe_name(record.get("subject")).unwrap_or_else(|| "message".into());
                let (mut out, file) = create(&format!("{name}.eml"))?;
                self.mail(&inner, &mut (), &mut out, made)?;
                left.spend(out.0.bytes());
                (out, file)
            }
            AttachMethod::ByValue | AttachMethod::Ole => {
                if record.get("sha256").is_empty() {
                    // It has no data, or none that can be read, which was told already.
                    return Ok(());
                }
                let name = safe_file_name(record.get("name")).unwrap_or_else(|| "file".into());
                let (mut out, file) = create(&name)?;
                let copied = io::copy(&mut attachment.open_data()?, &mut out);
                let copied = copied.map(|_| ()).map_err(|error| mapix::Error::from(error).into());
                told(&mut out, copied)?;
                (out, file)
            }
            _ => {
                let what = "only a link: there is no data".to_owned();
                let place = format!("attachment {}", record.get("ordinal"));
                made.entry.losses.push(["reference".into(), place, what]);
                return Ok(());
            }
        };
        made.keep(record, Part::Itself, &file, out.0.finish()?);
        Ok(())
    }
}
