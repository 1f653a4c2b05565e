#!/usr/bin/env python3
"""Compares mapix with libpff, property by property.

    values.py PFF MAPIX_DUMP OUTLOOK_PST FOLDER_OR_FILE...

PFF is the program made of libpff/pff.c, MAPIX_DUMP that of mapix-dump/, OUTLOOK_PST that of
speed/outlook-pst/, which alone says which cells a row has. Every object, every property and every
cell of a table that either of the first two finds is compared by its stored bytes. Prints how
many are equal, how many differ for a known reason (docs/compare-libpff.md), and each that differs
for none. The exit code is 1 if there are any of these.
"""

import collections
import json
import pathlib
import struct
import subprocess
import sys

# Fixed sizes of the elements of multivalues.
FIXED = {0x1002: 2, 0x1003: 4, 0x1004: 4, 0x1005: 8, 0x1006: 8, 0x1007: 8, 0x1014: 8,
         0x1040: 8, 0x1048: 16}
UNICODE, STRING8, BOOL, OBJECT = 0x1F, 0x1E, 0x0B, 0x0D
# The one column in which rows keep the bytes of a value that they no longer have.
STALE = 0x66220040
# The column of 4K tables whose cells point to pieces of other columns, and the version of such files.
SENDER, WIDE_PAGES = 0x0042001F, 36
# PR_IPM_SUBTREE_ENTRYID to PR_FINDER_ENTRYID.
SPECIAL = (*range(0x35E00102, 0x35E80102, 0x10000),)
# PS_PUBLIC_STRINGS, and that the name is a number.
PUBLIC_NUMBER = bytes.fromhex("2903020000000000c00000000000004600")
SUBJECT, PREFIX, NORMALIZED = 0x0037, 0x003D, 0x0E1D
MISSING = None


class Multi(tuple):
    """The values of a multivalue."""


class Failed(str):
    """Why a value could not be read."""


class Large(int):
    """The size of a value that is not shown."""


def run(command):
    """Objects with their properties: {object: {tag: value}}."""
    objects, order = {}, collections.Counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    out, err = process.communicate()
    for line in out.splitlines():
        line = json.loads(line)
        bag = objects.setdefault(line["o"], {})
        if "t" not in line:
            order[line["o"]] += 1
            continue
        tag = int(line["t"], 16)
        if "e" in line:
            value = Failed(line["e"])
        elif "n" in line:
            value = Large(line["n"])
        elif isinstance(line["v"], list):
            value = Multi(bytes.fromhex(part) for part in line["v"])
        else:
            value = bytes.fromhex(line["v"])
        bag.setdefault(tag, value)
    repeated = sorted(name for name, times in order.items() if times > 1)
    return objects, process.returncode, err.decode(errors="replace"), repeated


def multi(kind, data):
    """The values in the stored bytes of a multivalue; None if they do not follow their type."""
    size = FIXED.get(kind)
    if size:
        if len(data) % size:
            return None
        return Multi(data[at:at + size] for at in range(0, len(data), size))
    if kind not in (0x101E, 0x101F, 0x1102):
        return None
    if not data:
        return Multi()
    count = struct.unpack_from("<I", data)[0] if len(data) >= 4 else 1 << 32
    if 4 + 4 * count > len(data):
        return None
    ends = list(struct.unpack_from(f"<{count}I", data, 4)) + [len(data)]
    if any(start > end for start, end in zip(ends, ends[1:])) or ends[-2:][0] > len(data):
        return None
    parts = [data[start:end] for start, end in zip(ends, ends[1:])]
    return Multi(parts) if kind == 0x1102 else Multi(cut(kind & 0xFFF, part) for part in parts)


def cut(kind, data):
    """Text without the terminating zero that it should not have."""
    if kind == UNICODE and len(data) % 2 == 0 and data.endswith(b"\0\0"):
        return data[:-2]
    if kind == STRING8 and data.endswith(b"\0"):
        return data[:-1]
    return data


def subject(kind, data):
    """The mark of a stored subject taken apart: (clean, prefix, rest), or None."""
    width = 2 if kind == UNICODE else 1
    units = [int.from_bytes(data[at:at + width], "little") for at in range(0, len(data), width)]
    if len(units) < 2 or units[0] != 1:
        return None
    clean, split = data[2 * width:], max(units[1] - 1, 0) * width
    return clean, clean[:split], clean[split:]


def is_row(name):
    return name.count("/") >= 1 and name.split("/")[-2] in TABLES


TABLES = ("hierarchy", "contents", "associated", "recipients", "attachments")


def search_folder(name):
    """Whether the object is a search folder, or a row of one of its tables."""
    return name.startswith("f") and int(name.split("/")[0][1:], 16) & 0x1F == 3


def unreadable(bag):
    """Whether libpff gave up an object as a whole."""
    return isinstance(bag.get(0), Failed)


def why(name, tag, theirs, ours, their_bag):
    """The class of a difference; it starts with '!' if it has no explanation."""
    kind = tag & 0xFFFF
    if isinstance(theirs, bytes) and isinstance(ours, Multi):
        theirs = multi(kind, theirs)
    if theirs == ours and type(theirs) is type(ours):
        return "equal"
    if isinstance(theirs, bytes) and isinstance(ours, bytes):
        if kind == BOOL and bool(any(theirs)) == bool(any(ours)):
            return "boolean stored as another number than 0 and 1"
        if kind in (UNICODE, STRING8):
            if cut(kind, theirs) == ours:
                return "terminating zero"
            parts = subject(kind, cut(kind, theirs))
            if tag >> 16 == SUBJECT and parts and parts[0] == ours:
                return "mark in the subject"
        return "! value"
    if isinstance(ours, Large) and isinstance(theirs, bytes):
        return "equal" if len(cut(kind, theirs)) == ours else "! size"
    if isinstance(theirs, Failed):
        if isinstance(ours, Failed):
            return "! libpff fails, mapix too"
        if unreadable(their_bag):
            return "libpff gives up: error"
        if search_folder(name) and tag == 2:
            return "libpff gives up: table of a search folder"
        return "! libpff fails"
    if isinstance(ours, Failed):
        return "! mapix fails"
    if theirs is MISSING:
        if unreadable(their_bag):
            return "libpff gives up: property that only mapix has"
        stored = next((v for t, v in their_bag.items() if t >> 16 == SUBJECT), b"")
        if tag >> 16 in (PREFIX, NORMALIZED) and isinstance(stored, bytes):
            parts = subject(kind, cut(kind, stored))
            if parts and ours in parts[1:]:
                return "subject taken apart"
        if name == "store" and tag in SPECIAL:
            return "entry ID of a special folder, which an OST does not store"
        return "! only mapix"
    if ours is MISSING:
        if is_row(name):
            what = "the bytes of an old value" if any(theirs) else "zeros"
            if any(theirs) and tag != STALE:
                return "! cell that is not there"
            return f"cell that is not there: libpff gives {what}"
        return "! only libpff"
    return "! value"


def short(value):
    if isinstance(value, Multi):
        return "[" + ", ".join(short(part) for part in value) + "]"
    if isinstance(value, bytes):
        text = value[:40].hex()
        return f"{len(value)} bytes {text}{'...' if len(value) > 40 else ''}"
    return f"{type(value).__name__} {value}"


def cells(program, path):
    """The property IDs of the cells that the rows have, by outlook-pst."""
    out = subprocess.run([program, str(path), "cells"], capture_output=True).stdout
    return {line["o"]: set(line["c"]) for line in map(json.loads, out.splitlines())}


def compare(pff, dump, outlook, path, shown):
    theirs, their_code, their_text, their_twice = run([pff, "dump", str(path)])
    ours, our_code, our_text, our_twice = run([dump, str(path)])
    classes, lines = collections.Counter(), []
    lines += [f"mapix says: {text}" for text in our_text.splitlines()]
    if their_code or our_code:
        who = "! only libpff" if not their_code else "neither" if our_code else "only mapix"
        classes[f"{who} opens the file"] += 1
        lines.append(f"{who} opens it; libpff says: {' '.join(their_text.split())}")
        if their_code and not our_code:
            classes["object in such a file"] += sum(not is_row(name) for name in ours)
        return classes, lines
    # libpff reads the found messages of a search folder as if they were associated ones.
    for name in [name for name in theirs if search_folder(name) and "/associated" in name]:
        theirs[name.replace("/associated", "/contents")] = theirs.pop(name)
    for who, twice in (("libpff", their_twice), ("mapix", our_twice)):
        for name in twice:
            classes[f"object named twice by {who}"] += 1
            lines.append(f"{name}: twice in {who}")
    seen = collections.Counter()

    def tell(kind, line):
        classes[kind] += 1
        seen[kind] += 1
        if kind.startswith("!") and seen[kind] <= shown:
            lines.append(f"{kind[2:]}: {line}")

    judged = cells(outlook, path)
    for name, there in sorted(judged.items()):
        if name in ours:
            mine = {tag >> 16 for tag in ours[name]}
            tell("row with the cells that outlook-pst sees" if mine == there
                 else "! cells other than outlook-pst sees",
                 f"{name}: {sorted(f'{id:04x}' for id in mine ^ there)}")
        else:
            tell("! row only in outlook-pst", name)
    with open(path, "rb") as file:
        has_wide_pages = file.read(12)[10] == WIDE_PAGES
    for name in sorted(theirs.keys() | ours.keys()):
        if name not in ours or name not in theirs:
            who = "libpff" if name in theirs else "mapix"
            bag = theirs.get(name, ours.get(name))
            if name == "names":
                continue
            if who == "mapix" and is_row(name) and 2 in theirs.get(name.split("/")[0], {}):
                tell("libpff gives up: row that only mapix has", name)
                continue
            what = "row" if is_row(name) else "object"
            if any(isinstance(value, Failed) for value in bag.values()):
                what = "error"
            tell(f"! {what} only in {who}", f"{name}: {len(bag)} properties "
                 + " ".join(v for v in bag.values() if isinstance(v, Failed)))
            continue
        if name == "names":
            for tag in theirs[name]:
                left, right = theirs[name][tag], ours[name].get(tag)
                kind = "name equal" if left == right else "! name"
                if right and left == bytes(16) + right[16:] and right[:17] == PUBLIC_NUMBER:
                    kind = "name by number in PS_PUBLIC_STRINGS: libpff gives no set"
                tell(kind, f"{tag >> 16:04x}: libpff {short(left)}, mapix {short(right)}")
            continue
        classes["row" if is_row(name) else "object"] += 1
        for tag in sorted(theirs[name].keys() | ours[name].keys()):
            left, right = theirs[name].get(tag), ours[name].get(tag)
            kind = why(name, tag, left, right, theirs[name])
            own = theirs.get("m" + name.split("/")[-1], {}).get(tag)
            if has_wide_pages and tag == SENDER and kind == "! cell that is not there":
                kind = "sender in a 4K table: " + (
                    "mapix leaves it to the message, which has the same" if own == left
                    else "libpff gives another value than the message has")
            if right is MISSING and is_row(name) and name not in judged:
                kind += ", not judged by outlook-pst"
            if kind == "equal" and is_row(name):
                kind = "equal in rows"
            tell(kind, f"{name} {tag:08x}: libpff {short(left)}, mapix {short(right)}")
    return classes, lines


def main():
    if len(sys.argv) < 5:
        sys.exit(__doc__)
    pff, dump, outlook, *places = sys.argv[1:]
    shown, files = 12, []
    for place in map(pathlib.Path, places):
        kinds = (".pst", ".ost")
        files += sorted(f for f in place.rglob("*") if f.suffix.lower() in kinds) \
            if place.is_dir() else [place]
    total = collections.Counter()
    for path in files:
        classes, lines = compare(pff, dump, outlook, path, shown)
        total += classes
        wrong = sum(count for kind, count in classes.items() if kind.startswith("!"))
        print(f"{path.name}: {classes['object']} objects, {classes['row']} rows, "
              f"{classes['equal'] + classes['equal in rows']} values equal, {wrong} not explained")
        for line in lines:
            print(f"    {line}")
    print(f"\n{len(files)} files")
    for kind, number in sorted(total.items()):
        print(f"{number:9} {kind}")
    sys.exit(1 if any(kind.startswith("!") for kind in total) else 0)


if __name__ == "__main__":
    main()
