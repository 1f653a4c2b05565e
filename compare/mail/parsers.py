"""Mail as two parsers read it, in one form."""

import email
import email.policy
import hashlib
import json
import subprocess


def python(raw):
    """A mail as Python's email package reads it."""
    return form(email.message_from_bytes(raw, policy=email.policy.default))


def mail_parser(reader, files):
    """Mails as mail-parser reads them."""
    names = "".join(f"{file}\n" for file in files)
    done = subprocess.run([reader], input=names, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def originals(reader, messages, folder):
    """Gives each message the headers with which it came, as both parsers read them."""
    inside = [inner for message in messages.values() for inner in message.each()]
    inside = [(inner, inner.headers()) for inner in inside if inner.headers()]
    files = [folder / f"{number}.headers" for number in range(len(inside))]
    for (_, headers), file in zip(inside, files):
        file.write_bytes(headers)
    for (inner, headers), answer in zip(inside, mail_parser(reader, files)):
        inner.original = {"email": python(headers), "mail-parser": answer or {}}


def form(mail):
    found = header(mail)
    found["subject"] = str(mail["subject"] or "")
    found["parts"] = []
    walk(mail, found["parts"])
    return found


def header(mail):
    """The addresses and the date of a header."""
    found = {}
    for field in ("from", "sender", "to", "cc", "bcc"):
        values = mail.get_all(field, [])
        found[field] = [one.addr_spec.lower() for value in values for one in value.addresses
                        if one.addr_spec]
    date = mail["date"]
    found["date"] = int(date.datetime.timestamp()) if date and date.datetime else None
    return found


def walk(part, parts):
    """The parts that hold something themselves."""
    kind = part.get_content_type()
    if part.is_multipart() and kind != "message/rfc822":
        for inner in part.iter_parts():
            walk(inner, parts)
        return
    found = {"type": kind, "name": part.get_filename(),
             "disposition": part.get_content_disposition()}
    if kind == "message/rfc822":
        found["message"] = form(part.get_payload(0))
    else:
        data = part.get_payload(decode=True) or b""
        found["sha256"] = hashlib.sha256(data).hexdigest()
        if kind.startswith("text/"):
            found["text"] = data.decode(part.get_content_charset("ascii"), "replace")
    parts.append(found)


def is_attachment(part):
    return part["disposition"] is not None or "message" in part or part["name"] is not None


def body(mail, kind):
    """The text of a body; None if there is none."""
    return next((part.get("text", "") for part in mail["parts"]
                 if part["type"] == kind and not is_attachment(part)), None)
