#!/usr/bin/env python3
"""Compares mail that mapix exports with the mailbox, through two parsers that are not its own.

    mail.py MAPIX PFF MAPIX_DUMP MAIL_READER FOLDER_OR_FILE...

MAPIX exports each file as EML. Python's email package and mail-parser (MAIL_READER, made of
reader/) read every mail; subject, addresses, dates, bodies and the hashes of attachments must be
those that PFF (made of libpff/pff.c) finds in the file, or MAPIX_DUMP in a file that libpff does
not open. Prints how many are equal, how many differ for a known reason (docs/compare-mail.md), and
each that differs for none. The exit code is 1 if there are any of these. RTF bodies are unpacked by
the packages compressed-rtf and RTFDE; without them they are counted only.
"""

import collections
import hashlib
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import parsers
import rtf
import store

FIELDS = (("to", 1), ("cc", 2), ("bcc", 3))
SHOWN = 12


def words(text):
    """The words of a text: headers keep no others, and no control characters."""
    return "".join(" " if ord(c) < 32 or 0x7F <= ord(c) < 0xA0 else c for c in text).split()


def lines(text):
    """A body without what transport changes: line ends, and space and zeros around it."""
    text = re.sub(r"\r\n?", "\n", text).strip("\0\ufeff")
    return text.rstrip()


class Judge:
    """Compares messages as one parser read them."""

    def __init__(self, parser, file):
        self.parser, self.file = parser, file
        self.classes, self.lines = collections.Counter(), []

    def tell(self, kind, place, detail=""):
        self.classes[kind] += 1
        if kind.startswith("!") and self.classes[kind] <= SHOWN:
            self.lines.append(f"{self.parser} {place}: {kind[2:]}: {detail}")

    def message(self, place, stored, mail, raw):
        if mail is None:
            self.tell("! mail that the parser refuses", place)
            return
        kind = stored.bag.text(0x001A).upper()
        self.tell("message", place)
        good = words(stored.subject) == words(mail["subject"])
        self.tell("subject equal" if good else "! subject", place,
                  f"{stored.subject!r}, mail {mail['subject']!r}")
        original = stored.original.get(self.parser, {})
        self.author(place, stored, mail, original)
        for field, number in FIELDS:
            self.people(place, field, stored.addresses(number), mail[field], original)
        self.date(place, stored, mail, original)
        if "SMIME" in kind and len(stored.attachments) == 1:
            data = stored.attachments[0][0].get(0x3701, (0, b""))[1]
            body = data.split(b"\r\n\r\n", 1)[-1] if data[:8].lower() == b"content-" else data
            self.tell("signed body in the mail byte by byte" if body in raw else "! signed body",
                      place, f"{len(data)} bytes")
            return
        self.bodies(place, stored, mail)
        self.attachments(place, kind, stored, mail, raw)

    def author(self, place, stored, mail, original):
        sure, maybe, other = stored.author()
        found = mail["from"]
        if not found and not sure and not maybe:
            kind = "author without an address" if other else "no author"
        elif found == sure[:1] or found and found == [hit for hit in maybe if hit == found[0]][:1]:
            kind = "author equal"
        elif found and found == original.get("from"):
            kind = "author as in the original header"
        elif not sure and len(found) == 1 and found[0].startswith("imcea"):
            kind = "author with an address of Exchange only"
        else:
            kind = "! author"
        self.tell(kind, place, f"{sure} {maybe} {other!r}, mail {found}, header {original.get('from')}")

    def people(self, place, field, wanted, found, original):
        found = sorted(found)
        if not wanted and not found:
            return
        rest, missing, exchange = list(found), [], 0
        for sure, maybe, other in wanted:
            hit = next((one for one in sure + maybe if one in rest), None)
            hit = hit or next((one for one in rest if not sure and one.startswith("imcea")), None)
            if hit:
                rest.remove(hit)
                exchange += hit.startswith("imcea")
            elif sure or maybe:
                missing.append((sure or maybe)[0])
            elif other:
                self.tell("recipient without an address", place)
        if not rest and not missing:
            self.classes["recipients equal"] += len(found) - exchange
            self.classes["recipients with an address of Exchange only"] += exchange
        elif found == sorted(original.get(field, [])):
            self.classes["recipients as in the original header"] += len(found)
        else:
            self.tell("! recipients", place, f"{field}: only in the store {missing}, only in the "
                      f"mail {rest}, header {original.get(field)}")

    def date(self, place, stored, mail, original):
        dates = [date for date in stored.dates() if date is not None]
        if not dates and mail["date"] is None:
            kind = "no date"
        elif dates and dates[0] == mail["date"]:
            kind = "date equal"
        elif mail["date"] is not None and original.get("date") == mail["date"]:
            kind = "date as in the original header"
        else:
            kind = "! date"
        self.tell(kind, place, f"{dates}, mail {mail['date']}, header {original.get('date')}")

    def bodies(self, place, stored, mail):
        text = parsers.body(mail, "text/plain")
        html = parsers.body(mail, "text/html")
        plain, pages = stored.text(), stored.html()
        packed = stored.bag.get(0x1009, (0, b""))[1]
        of_rtf = rtf.bodies(packed) if packed else None
        if lines(plain):
            self.same("text", place, [plain], text)
        elif of_rtf and of_rtf.get("text") is not None:
            self.same("text out of RTF", place, [of_rtf["text"]], text)
        elif text is not None and lines(text):
            kind = "! text that is not in the store"
            if of_rtf and "native" in of_rtf:
                kind = "text of RTF that holds nothing else"
            elif of_rtf and "unread" in of_rtf:
                kind = "text of RTF that the other reader does not read"
            self.tell(kind, place, repr(text[:60]))
        if any(map(lines, pages)):
            self.same("HTML", place, pages, html)
        elif of_rtf and of_rtf.get("html") is not None:
            self.same("HTML out of RTF", place, [of_rtf["html"]], html)
        elif html is not None:
            self.tell("! HTML that is not in the store", place, repr(html[:60]))
        if of_rtf and "unread" in of_rtf:
            self.tell("RTF that the other reader does not read", place, of_rtf["unread"])

    def same(self, what, place, wanted, found):
        wanted = list(map(lines, wanted))
        found = lines(found or "")
        if found in wanted:
            self.tell(f"{what} equal", place)
            return
        at = next((n for n, (a, b) in enumerate(zip(wanted[0], found)) if a != b),
                  min(len(wanted[0]), len(found)))
        self.tell(f"! {what}", place, f"at {at} of {len(wanted[0])}: {wanted[0][at:at + 60]!r}, "
                  f"mail {found[at:at + 60]!r}")

    def attachments(self, place, kind, stored, mail, raw):
        parts = [part for part in mail["parts"] if parsers.is_attachment(part)]
        for number, (bag, inner) in enumerate(stored.attachments):
            inside = f"{place}/{number + 1}"
            if inner is not None:
                part = next((part for part in parts if part.get("message")), None)
                if part is None:
                    self.tell("! embedded message is not there", inside)
                    continue
                parts.remove(part)
                self.message(inside, inner, part["message"], raw)
                continue
            data = bag.get(0x3701, (0, b""))[1]
            digest = hashlib.sha256(data).hexdigest()
            names = [bag.text(number) for number in (0x3707, 0x3704, 0x3001)]
            names = [words(name) for name in names if name]
            hits = [part for part in parts if part.get("sha256") == digest]
            part = next((part for part in hits if words(part["name"] or "") in names[:1]), None)
            part = part or next(iter(hits), None)
            if part is None:
                self.tell("! attachment", inside, f"{names} {len(data)} bytes {digest[:12]}, mail "
                          f"{[(part['name'], part.get('sha256', '')[:12]) for part in parts]}")
                continue
            parts.remove(part)
            self.tell("attachment equal" if data else "attachment without data", inside)
            good = words(part["name"] or "") in (names[:1] or [[]])
            self.tell("name of the attachment equal" if good else "! name of the attachment", inside,
                      f"{names[:1]}, mail {part['name']!r}")
        for part in parts:
            made = {"text/vcard": "vCard of a contact", "application/rtf": "RTF of a body"}
            made = made.get(part["type"])
            self.tell(f"{made}, made by mapix" if made else "! part that is not in the store",
                      place, f"{part['type']} {part['name']!r}")


def compare(tools, path, total):
    mapix, pff, dump, reader = tools
    found, broken = store.read([pff, "dump", str(path)])
    ours, _ = store.read([dump, str(path)])
    if found is None:
        found = ours
        total["file that libpff does not open: the store's values are those of mapix"] += 1
    for name in broken & found.keys():
        found[name] = ours[name]
        total["message that libpff gives up: its values are those of mapix"] += 1
    with tempfile.TemporaryDirectory() as out:
        command = [mapix, "export", str(path), "--to", "eml", "--all", "--out", out + "/x"]
        done = subprocess.run(command, capture_output=True, text=True)
        manifest = pathlib.Path(out, "x", "manifest.jsonl")
        if not manifest.exists():
            print(f"{path.name}: not exported: {done.stderr}")
            total["! file that is not exported"] += 1
            return
        records = map(json.loads, manifest.read_text().splitlines())
        names = [(f"m{int(one['nid'], 16):x}", pathlib.Path(out, "x", one["file"]))
                 for one in records if one["kind"] in ("message", "associated")]
        answers = parsers.mail_parser(reader, [mail for _, mail in names])
        parsers.originals(reader, found, pathlib.Path(out))
        judges = [Judge("email", path), Judge("mail-parser", path)]
        for name in found.keys() ^ dict(names).keys():
            total["! message that is not exported" if name in found
                  else "! mail that is not in the store"] += 1
            print(f"{path.name}: {name}")
        for (name, mail), answer in zip(names, answers):
            if name not in found:
                continue
            raw = mail.read_bytes()
            judges[0].message(name, found[name], parsers.python(raw), raw)
            judges[1].message(name, found[name], answer, raw)
    wrong = sum(count for judge in judges for kind, count in judge.classes.items() if kind[0] == "!")
    print(f"{path.name}: {len(names)} mails, {wrong} differences not explained", flush=True)
    for judge in judges:
        for line in judge.lines:
            print(f"    {line}")
        for kind, count in judge.classes.items():
            total[f"{kind} ({judge.parser})"] += count


def main():
    if len(sys.argv) < 6:
        sys.exit(__doc__)
    tools, places = sys.argv[1:5], sys.argv[5:]
    files = []
    for place in map(pathlib.Path, places):
        found = (f for f in place.rglob("*") if f.suffix.lower() in (".pst", ".ost"))
        files += sorted(found) if place.is_dir() else [place]
    total = collections.Counter()
    for path in files:
        compare(tools, path, total)
    print(f"\n{len(files)} files")
    for kind, number in sorted(total.items()):
        print(f"{number:9} {kind}")
    sys.exit(1 if any(kind.startswith("!") for kind in total) else 0)


if __name__ == "__main__":
    main()
