//! Writes the seeds of all fuzzers into the folder `seeds`.

#[path = "../../crates/mapix-capi/tests/fuzz/mod.rs"]
mod abi;
#[path = "../../crates/mapix-pst/tests/fuzz/mod.rs"]
mod harness;
#[path = "../../crates/mapix-convert/tests/fuzz/mod.rs"]
mod mail;

use std::path::Path;
use std::{fs, io};

fn main() -> io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds");
    let bodies = BODIES
        .iter()
        .chain(&mail::SEEDS)
        .map(|(target, name, data)| (*target, (*name).to_owned(), data.to_vec()));
    for (target, name, data) in
        harness::seeds::all().into_iter().chain(abi::seeds::all()).chain(bodies)
    {
        let folder = root.join(target);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(name), data)?;
    }
    Ok(())
}

/// Bodies of messages.
const BODIES: [(&str, &str, &[u8]); 9] = [
    (
        "lzfu",
        "compressed",
        b"\x2d\0\0\0\x2b\0\0\0LZFu\xf1\xc5\xc7\xa7\x03\0\x0a\0rcpg125\x42\x32\x0a\xf3 hel\
          \x09\0\x20bw\x05\xb0ld}\x0a\x80\x0f\xa0",
    ),
    ("lzfu", "uncompressed", b"\x20\0\0\0\x10\0\0\0MELA\0\0\0\0{\\rtf1 not packed}"),
    (
        "rtf",
        "plain",
        br"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fnil\fcharset0 Arial;}{\f1\fcharset204 B;}}
\uc1\pard\f0\fs20 Gr\'fc\'dfe \u8364? \f1\'cf\'f0\par\tab\emdash x\line{\*\generator none;}}",
    ),
    (
        "rtf",
        "html",
        br"{\rtf1\ansi\fromhtml1{\*\htmltag64 <html><body>}{\*\htmltag84 &nbsp;}\htmlrtf\f0\htmlrtf0
text{\*\htmltag84 <b>}bold{\*\htmltag92 </b>}\pntext x{\*\htmltag72 </body></html>}}",
    ),
    ("rtf", "binary", br"{\rtf1 a{\pict\bin5 {{{{{}b\u-10179?\u-8704?{\upr{x}{\*\ud{y}}}}"),
    (
        "html",
        "page",
        b"<html><head><style>p{}</style><title>t</title></head><body><p>a &amp; b&nbsp;&#8364;\
          <br>c<ul><li>one<li>two</ul><a href=\"http://x\">link</a><!-- no --></body></html>",
    ),
    (
        "html",
        "table",
        b"<table><tr><td>1<td>2</tr><tr><th>3</th></tr></table><pre> a\n  b</pre><hr><blockquote>q",
    ),
    ("html", "broken", b"<p <b>x</ i>&#xD800;&unknown;&lt<script>if(a<b){}</script ><![CDATA[x]]>"),
    ("html", "office", b"<!--[if gte mso 9]><xml><o:p></o:p></xml><![endif]--><o:p>&nbsp;</o:p>"),
];
