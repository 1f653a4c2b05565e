"""What a mailbox holds, by the stored bytes that libpff gives (or mapix, where libpff gives none)."""

import codecs
import json
import re
import struct
import subprocess

UNICODE, STRING8 = 0x1F, 0x1E
# Properties that describe a person: name, address type, address, SMTP address, entry IDs, key.
REPRESENTING = (0x0042, 0x0064, 0x0065, 0x5D02, (0x0041,), 0x003B)
SENDER = (0x0C1A, 0x0C1E, 0x0C1F, 0x5D01, (0x0C19,), 0x0C1D)
RECIPIENT = (0x3001, 0x3002, 0x3003, 0x39FE, (0x0FFF, 0x5FF7, 0x3A12), 0x300B)
ADDRESS = re.compile(r"[^\s<>\0:;,\"'()]+@[^\s<>\0:;,\"'()]+")


class Bag(dict):
    """The properties of an object by their IDs: (type, bytes)."""

    page = 1252

    def text(self, number):
        kind, data = self.get(number, (0, b""))
        if kind == UNICODE:
            text = data.decode("utf-16-le", "replace")
        elif kind == STRING8:
            text = decode(data, self.page)
        else:
            return ""
        return text.rstrip("\0")

    def number(self, number, other=0):
        kind, data = self.get(number, (0, b""))
        sizes = {2: "<h", 3: "<i", 11: "<?"}
        size = struct.calcsize(sizes[kind]) if kind in sizes else 1
        return struct.unpack(sizes[kind], data[:size])[0] if kind in sizes and data else other

    def time(self, number):
        """Seconds of Unix."""
        kind, data = self.get(number, (0, b""))
        ticks = int.from_bytes(data, "little") if kind == 0x40 else 0
        return ticks // 10_000_000 - 11_644_473_600 if ticks else None


def decode(data, page):
    names = {1200: "utf-16-le", 65001: "utf-8", 20127: "ascii", 28591: "latin-1", 50220: "iso2022_jp",
             20866: "koi8-r", 0: "cp1252"}
    name = names.get(page, f"iso8859-{page - 28590}" if 28591 < page < 28606 else f"cp{page}")
    try:
        codecs.lookup(name)
    except LookupError:
        name = "cp1252"
    return data.decode(name, "replace")


class Message:
    """A message with what is in it."""

    def __init__(self, bag):
        self.bag = bag
        self.recipients, self.attachments = [], []
        # The headers with which it came, as each parser reads them.
        self.original = {}

    @property
    def subject(self):
        text = self.bag.text(0x0037)
        return text[2:] if len(text) > 1 and text[0] == "\x01" else text

    def headers(self):
        """The headers with which it came, as mail without a body; None if there are none."""
        text = self.bag.text(0x007D)
        lines = text.replace("\r\n", "\n").replace("\r", "\n").lstrip("\n").split("\n")
        if lines[0].startswith("Microsoft Mail Internet Headers"):
            lines = lines[1:]
        return "\r\n".join([*lines, "", ""]).encode("utf-8", "replace") if text else None

    def each(self):
        """It, and the messages embedded in it."""
        yield self
        for _, inner in self.attachments:
            if inner:
                yield from inner.each()

    def addresses(self, kind):
        """For each recipient of a kind what may stand for it."""
        return [people(bag, RECIPIENT) for bag in self.recipients
                if (bag.number(0x0C15, 1) & 0xF or 1) == kind]

    def author(self):
        found = people(self.bag, REPRESENTING)
        return found if any(found) else people(self.bag, SENDER)

    def dates(self):
        return [self.bag.time(number) for number in (0x0039, 0x0E06, 0x3007, 0x3008)]

    def text(self):
        return self.bag.text(0x1000)

    def html(self):
        """Each text that PR_HTML may mean: who writes it does not always tell the code page."""
        kind, data = self.bag.get(0x1013, (0, b""))
        if kind in (UNICODE, STRING8):
            return [self.bag.text(0x1013)]
        pages = [self.bag.number(0x3FDE), self.bag.number(0x3FFD), 65001, 1252]
        if data[:2] == b"\xFF\xFE" or data[1:2] == b"\0":
            pages = [1200]
        elif data[:3] == b"\xEF\xBB\xBF":
            pages = [65001]
        pages = dict.fromkeys(page for page in pages if page)
        return [decode(data, page).strip("\0\ufeff") for page in pages] if data else []


def people(bag, tags):
    """(the addresses that are surely of internet mail, those that may be, another address)."""
    name, kind, address, smtp, ids, key = tags
    sure, maybe = [bag.text(smtp)], [bag.text(name)]
    is_smtp = bag.text(kind).upper() in ("", "SMTP")
    (sure if is_smtp else maybe).append(bag.text(address))
    for number in (*ids, key):
        data = bag.get(number, (0, b""))[1]
        maybe += [data.decode("latin-1"), *(data[n:].decode("utf-16-le", "replace") for n in (0, 1))]
    other = "" if is_smtp else bag.text(address)

    def find(texts):
        return [hit.lower() for text in texts if not text.startswith("/")
                for hit in ADDRESS.findall(text)]

    return find(sure), find(maybe), other or bag.text(name)


def read(command):
    """The messages of a file, by the numbers of their nodes; None if it cannot be opened."""
    done = subprocess.run(command, capture_output=True)
    if done.returncode:
        return None, set()
    objects, broken = {}, set()
    for line in done.stdout.splitlines():
        line = json.loads(line)
        bag = objects.setdefault(line["o"], Bag())
        if "e" in line:
            broken.add(line["o"].split("/")[0])
        elif "t" in line and isinstance(line.get("v"), str):
            tag = int(line["t"], 16)
            bag.setdefault(tag >> 16, (tag & 0xFFFF, bytes.fromhex(line["v"])))
    messages = {}
    for name, bag in objects.items():
        if name[0] != "m":
            continue
        *above, last = name.split("/")
        is_table = bool(above) and above[-1] in ("recipients", "attachments")
        if not above or last == "e" and not is_table:
            bag.page = bag.number(0x3FFD) or bag.number(0x3FDE) or 1252
            messages[name] = Message(bag)
            if above:
                messages["/".join(above[:-1])].attachments[-1][1] = messages[name]
            continue
        if last == "data":
            messages["/".join(above[:-1])].attachments[-1][0][0x3701] = bag[0x3701]
            continue
        holder = messages["/".join(above[:-1] if is_table else above)]
        bag.page = holder.bag.page
        if not is_table:
            holder.attachments.append([bag, None])
        elif above[-1] == "recipients":
            holder.recipients.append(bag)
    return {name: found for name, found in messages.items() if "/" not in name}, broken
