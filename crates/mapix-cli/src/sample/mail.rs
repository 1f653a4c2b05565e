//! What is in the sample mailbox.

use mapix::prop::{FileTime, Value, tags};

use super::build::{Builder, Mail};
use super::{Folders, OWNER};

const TOM: (&str, &str) = ("Tom Brandt", "tom@lakeside-boats.example");
const INES: (&str, &str) = ("Ines Okafor", "ines@lakeside-boats.example");
const HARBOUR: (&str, &str) = ("Harbour Office", "office@harbour.example");
const NEWS: (&str, &str) = ("Wooden Boat News", "news@woodenboats.example");

const PDF: &[u8] = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n";

pub(super) fn fill(builder: &Builder<'_>, folders: &Folders) -> mapix::Result<()> {
    inbox(builder, folders)?;
    others(builder, folders)?;
    items(builder, folders)
}

fn inbox(builder: &Builder<'_>, folders: &Folders) -> mapix::Result<()> {
    let keywords = builder.tag("PidNameKeywords")?;
    let project = builder.tag("ProjectCode")?;
    let categories = Value::MvUnicode(["Regatta".into(), "This week".into()].into());
    let plan = Mail::new(TOM, "2026-05-04T07:42:10Z", "Regatta plan, third draft")
        .cc(INES)
        .text(
            "Hello Ada,\n\nhere is the third draft of the plan. New since Friday:\n\n\
             - The start moves to 10:30, as the harbour office asked.\n\
             - Class B sails the short course twice instead of the long one once.\n\
             - Lunch is on the jetty if the weather holds, in the boathouse if not.\n\n\
             Could you look at the list of boats (attached, it is long) and tell me by \
             Wednesday which ones still need a number?\n\nTom",
        )
        .attach("Regatta plan 3.pdf", "application/pdf", PDF)
        .attach("boats.csv", "text/csv", &boats())
        .set(tags::IMPORTANCE, 2)
        .set(keywords, categories)
        .set(project, "LB-2026-07");
    builder.add(folders.inbox, plan)?;

    let question = Mail::new(HARBOUR, "2026-04-30T13:05:00Z", "Depth at the north jetty")
        .to(TOM)
        .text("Dear Mr Brandt,\n\nour survey of 2019 gives 2.4 m at mean low water.\n\nHarbour Office")
        .attach("survey-2019.txt", "text/plain", b"station;depth\nN1;2.4\nN2;2.6\n");
    let forwarded = Mail::new(INES, "2026-05-04T09:15:33Z", "FW: Depth at the north jetty")
        .text("Ada, this is what the harbour office wrote to Tom. Enough for the Alma?\n\nInes")
        .embed(question);
    builder.add(folders.inbox, forwarded)?;

    let news = Mail::new(NEWS, "2026-05-05T04:00:00Z", "The spring issue is here")
        .html(
            "<html><head><title>News</title></head><body><h1>Spring 2026</h1>\
             <p>Dear reader,</p><p>three stories from the new issue:</p><ul>\
             <li><a href=\"https://woodenboats.example/larch\">Larch or oak?</a></li>\
             <li>A day in the rigger&rsquo;s loft</li><li>Caf&eacute; sur l&rsquo;eau</li></ul>\
             <p>Fair winds!</p></body></html>",
        )
        .unread();
    builder.add(folders.inbox, news)?;

    let invoice = Mail::new(HARBOUR, "2026-05-05T11:20:48Z", "Invoice 2041")
        .rtf(
            "{\\rtf1\\ansi\\ansicpg1252\\deff0{\\fonttbl{\\f0 Arial;}}\\f0 Dear Ms Winter,\\par\n\
             \\par please find the mooring fees for {\\b May} below.\\par\n\
             Berth 14\\tab 180,00 \\'80\\par Berth 15\\tab 210,00 \\'80\\par}",
        )
        .unread();
    builder.add(folders.inbox, invoice)?;

    let settings = Mail::new(OWNER, "2026-01-02T08:00:00Z", "OutlookOptions")
        .class("IPM.Configuration.Options")
        .hidden();
    builder.add(folders.inbox, settings)?;
    Ok(())
}

fn others(builder: &Builder<'_>, folders: &Folders) -> mapix::Result<()> {
    let old = [
        (TOM, "2025-09-12T15:30:00Z", "Winter storage", "Eleven boats this year. See you Monday."),
        (INES, "2025-11-03T10:02:00Z", "Re: Varnish", "The supplier has it back in stock."),
    ];
    for (from, at, subject, body) in old {
        builder.add(folders.year, Mail::new(from, at, subject).text(body))?;
    }
    let answer = Mail::new(OWNER, "2026-05-04T16:01:12Z", "RE: Regatta plan, third draft")
        .to(TOM)
        .cc(INES)
        .text("Tom,\n\nnumbers 7, 12 and 19 are missing. The rest is fine.\n\nAda");
    builder.add(folders.sent, answer)?;
    let draft = Mail::new(OWNER, "2026-05-05T17:45:00Z", "Depth for the Alma")
        .to(HARBOUR)
        .text("Dear Harbour Office,\n\nis the survey of 2019 still")
        .draft();
    builder.add(folders.drafts, draft)?;
    let lunch = Mail::new(INES, "2026-05-01T09:00:00Z", "Lunch?").text("12:30, the usual place?");
    builder.add(folders.deleted, lunch)?;
    Ok(())
}

fn items(builder: &Builder<'_>, folders: &Folders) -> mapix::Result<()> {
    let time = |text| FileTime::parse(text).unwrap_or_default();
    let regatta = Mail::new(OWNER, "2026-04-20T12:00:00Z", "Lakeside Regatta")
        .class("IPM.Appointment")
        .text("Jury meets at 09:30 in the boathouse.")
        .set(builder.tag("PidLidAppointmentStartWhole")?, time("2026-07-18T08:30:00Z"))
        .set(builder.tag("PidLidAppointmentEndWhole")?, time("2026-07-18T16:00:00Z"))
        .set(builder.tag("PidLidLocation")?, "North jetty")
        .set(builder.tag("PidLidBusyStatus")?, 2);
    builder.add(folders.calendar, regatta)?;
    let tom = Mail::new(OWNER, "2026-01-15T09:30:00Z", TOM.0)
        .class("IPM.Contact")
        .set(tags::DISPLAY_NAME, TOM.0)
        .set(tags::GIVEN_NAME, "Tom")
        .set(tags::SURNAME, "Brandt")
        .set(tags::COMPANY_NAME, "Lakeside Boats")
        .set(tags::TITLE, "Boatbuilder")
        .set(tags::BUSINESS_TELEPHONE_NUMBER, "+44 1632 960 014")
        .set(builder.tag("PidLidEmail1EmailAddress")?, TOM.1);
    builder.add(folders.contacts, tom)?;
    Ok(())
}

/// A long list, so that there is an attachment that does not fit into one read.
fn boats() -> Vec<u8> {
    let woods = ["larch", "oak", "mahogany", "pine", "ash"];
    let line = |boat: u32| {
        let class = if boat.is_multiple_of(3) { 'B' } else { 'A' };
        let wood = woods[boat as usize % woods.len()];
        format!("{boat},{class},{},{wood}\n", 380 + boat * 37 % 900)
    };
    let heading = "number,class,length_cm,wood\n".to_owned();
    std::iter::once(heading).chain((1..=9000).map(line)).collect::<String>().into_bytes()
}
