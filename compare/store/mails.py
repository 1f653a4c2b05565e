#!/usr/bin/env python3
"""Makes a Maildir of realistic mails, the same for the same numbers.

    mails.py FOLDER COUNT [SEED]
    mails.py FILE.mbox COUNT [SEED]

The second way makes an mbox file, for numbers at which a file for each mail is too many, and leaves
the attachments out, which would make it ten times as large. Most are plain text of one to three kilobytes, one in four has HTML beside it, one in five an
attachment of 50 KB that does not compress. Words follow Zipf's law; "the" is in almost every mail,
"project" in about a fifth, "zanzibar" in very few. Threads, senders with names in several
alphabets, encoded headers, and dates over ten years, in order.
"""

import base64
import bisect
import email.header
import itertools
import os
import pathlib
import random
import re
import sys
import time

SYLLABLES = "ba be bi bo bu da de di do du ka ke ki ko la le li lo lu ma me mi mo na ne ni no pa " \
            "pe pi po ra re ri ro sa se si so su ta te ti to tu va ve vi vo za ze zi zo".split()
COMMON = "the of and to in is for that with on as are this be by your from at you not have it or " \
         "we an will can was has if all".split()
NAMES = ["Ann Miller", "Bob Stone", "Clara Weiß", "Dmitri Иванов", "Eve Ó Briain", "Femi Adeyemi",
         "Gül Şahin", "Hiro 田中", "Ines Okafor", "Jörg Müller", "Karim El-Amin", "Li 王"]


def vocabulary(rng):
    words = list(COMMON)
    seen = set(words)
    while len(words) < 20000:
        word = "".join(rng.choices(SYLLABLES, k=rng.choice((2, 2, 3, 3, 4))))
        if word not in seen:
            seen.add(word)
            words.append(word)
    return words


class Mails:
    def __init__(self, seed, attached=True):
        self.rng = random.Random(seed)
        self.attached = attached
        self.words = vocabulary(self.rng)
        weights = [1 / (rank + 2) for rank in range(len(self.words))]
        self.bounds = list(itertools.accumulate(weights))
        self.people = [(self.rng.choice(NAMES), f"user{n}@{self.rng.choice(self.words)}.example")
                       for n in range(2000)]
        self.threads = []

    def text(self, count):
        rng, last = self.rng, self.bounds[-1]
        return [self.words[bisect.bisect(self.bounds, rng.random() * last)] for _ in range(count)]

    def address(self):
        name, address = self.rng.choice(self.people)
        if not name.isascii():
            name = email.header.Header(name, "utf-8").encode()
        return f"{name} <{address}>"

    def body(self):
        words = self.text(self.rng.randint(180, 520))
        if self.rng.random() < 0.2:
            words[self.rng.randrange(len(words))] = "project"
        if self.rng.random() < 0.0005:
            words[self.rng.randrange(len(words))] = "zanzibar"
        lines, line = [], ""
        for word in words:
            if len(line) + len(word) > 70:
                lines.append(line)
                line = ""
            line += (" " if line else "") + word
        return "\r\n".join([*lines, line + "."])

    def mail(self, number):
        rng = self.rng
        date = 1451606400 + number * 3150 + rng.randrange(3000)
        message_id = f"<{number}.{rng.getrandbits(48):012x}@mail.example>"
        if self.threads and rng.random() < 0.5:
            subject, parent = rng.choice(self.threads[-400:])
            subject = subject if subject.startswith("Re: ") else "Re: " + subject
        else:
            subject, parent = " ".join(self.text(rng.randint(2, 9))).capitalize(), None
            if rng.random() < 0.05:
                subject += " – Übersicht"
        self.threads.append((subject, message_id))
        shown = time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime(date))
        encoded = subject if subject.isascii() else email.header.Header(subject, "utf-8").encode()
        lines = [
            "Return-Path: <bounce@mail.example>",
            f"Received: from relay{rng.randrange(9)}.example (relay.example [192.0.2.{rng.randrange(250)}])",
            f"\tby mx.example with ESMTPS id {rng.getrandbits(40):010x}; {shown}",
            f"From: {self.address()}",
            "To: " + ",\r\n ".join(self.address() for _ in range(rng.randint(1, 4))),
        ]
        if rng.random() < 0.3:
            lines.append("Cc: " + ",\r\n ".join(self.address() for _ in range(rng.randint(1, 3))))
        lines += [f"Subject: {encoded}", f"Date: {shown}", f"Message-ID: {message_id}"]
        if parent:
            lines += [f"In-Reply-To: {parent}", f"References: {parent}"]
        if rng.random() < 0.05:
            lines += ["Importance: high", "X-Priority: 1"]
        lines.append("MIME-Version: 1.0")
        plain = self.body()
        content = ["Content-Type: text/plain; charset=utf-8", "", plain]
        if rng.random() < 0.25:
            html = "<html><body><p>" + plain.replace("\r\n", "<br>\r\n") + "</p></body></html>"
            part = f"=_alt_{number}"
            content = [f'Content-Type: multipart/alternative; boundary="{part}"', "",
                       f"--{part}", *content, f"--{part}",
                       "Content-Type: text/html; charset=utf-8", "", html, f"--{part}--"]
        if self.attached and number % 5 == 4:
            part = f"=_mix_{number}"
            data = base64.encodebytes(rng.randbytes(50_000)).decode().replace("\n", "\r\n")
            name = "-".join(self.text(2)) + ".bin"
            content = [f'Content-Type: multipart/mixed; boundary="{part}"', "",
                       f"--{part}", *content, f"--{part}",
                       f'Content-Type: application/octet-stream; name="{name}"',
                       "Content-Transfer-Encoding: base64",
                       f'Content-Disposition: attachment; filename="{name}"', "", data,
                       f"--{part}--"]
        return date, "\r\n".join([*lines, *content, ""]).encode()


def write_mbox(path, count, mails):
    with path.open("wb") as out:
        for number in range(count):
            date, data = mails.mail(number)
            shown = time.strftime("%a %b %d %H:%M:%S %Y", time.gmtime(date))
            data = re.sub(rb"(?m)^(>*From )", rb">\1", data.replace(b"\r\n", b"\n"))
            out.write(f"From bounce@mail.example {shown}\n".encode() + data + b"\n")


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    folder, count = pathlib.Path(sys.argv[1]), int(sys.argv[2])
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    if folder.suffix == ".mbox":
        return write_mbox(folder, count, Mails(seed, attached=False))
    mails = Mails(seed)
    for part in ("cur", "new", "tmp"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    for number in range(count):
        date, data = mails.mail(number)
        flags = "S" if number % 3 else ""
        path = folder / "cur" / f"{date}.{number}.example:2,{flags}"
        path.write_bytes(data)
        os.utime(path, (date, date))


if __name__ == "__main__":
    main()
