#!/usr/bin/env python3
"""Writes the name tables of this folder from a folder of MAPI fact tables.

    python3 generate.py FACTS

README.md says what the columns mean and where the facts come from. `meanings.tsv` is written
by hand and only checked here.
"""

import collections
import pathlib
import sys

HERE = pathlib.Path(__file__).parent


def read(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    header = lines[0].split("\t")
    return [dict(zip(header, line.split("\t"))) for line in lines[1:]]


def write(name, header, rows):
    lines = ["\t".join(cells) for cells in [header, *rows]]
    with open(HERE / name, "w", encoding="utf-8", newline="\n") as out:
        out.write("\n".join(lines) + "\n")
    print(f"{name}: {len(rows)} rows")


def areas(rows):
    """One spelling for each area: the most common one, without the word «Properties»."""

    def key(area):
        return area.lower().removesuffix(" properties").replace("-", "").replace(" ", "")

    spellings = collections.defaultdict(collections.Counter)
    for row in rows:
        spellings[key(row["area"])][row["area"].removesuffix(" Properties")] += 1
    return lambda area: max(sorted(spellings[key(area)].items()), key=lambda item: item[1])[0]


def documented(row):
    return "d" if "docs" in row["sources"].split("+") else ""


def tag_preference(row):
    """Which of the tags with one ID a reader most likely means: the smallest."""
    prop_type = int(row["tag"][4:], 16)
    prefix = 0 if row["name"].startswith("PR_") else 2 if row["name"].startswith("PROP_") else 1
    return (
        row["tag"][:4],
        not documented(row),
        -len(row["sources"].split("+")),
        prefix,
        prop_type == 0x000D,
        prop_type & 0x1000,
        prop_type & 0x0FFF == 0x001E,
        row["tag"],
    )


def name_widths_apart(rows):
    """Adds `_A` to the name of a PT_STRING8 tag that its PT_UNICODE twin has too."""
    names = {row["tag"]: row["name"] for row in rows}
    for row in rows:
        tag = int(row["tag"], 16)
        if tag & 0x0FFF == 0x001E and names.get(f"{tag + 1:08X}") == row["name"]:
            suffixed = row["name"] + "_A"
            others = [other for other in row["other_names"].split(",") if other]
            others = [row["name"], *(other for other in others if other != suffixed)]
            row["name"], row["other_names"] = suffixed, ",".join(others)


def tags(facts):
    rows = read(facts / "tags.tsv")
    name_widths_apart(rows)
    spelled = areas(rows)
    header = ["tag", "name", "canonical", "other_names", "area", "docs"]
    write(
        "tags.tsv",
        header,
        [
            [*(row[column] for column in header[:4]), spelled(row["area"]), documented(row)]
            for row in sorted(rows, key=tag_preference)
        ],
    )


def named(facts):
    rows = read(facts / "named-props.tsv")
    spelled = areas(rows)
    header = ["guid", "kind", "id_or_name", "type", "name", "other_names", "area", "docs"]
    write(
        "named.tsv",
        header,
        [
            [*(row[column] for column in header[:6]), spelled(row["area"]), documented(row)]
            for row in sorted(rows, key=lambda row: [row[column] for column in header[:3]])
        ],
    )


def errors(facts):
    order = ["MAPI_", "S_", "E_", "SYNC_", "MIME_"]

    def preference(row):
        prefix = next((i for i, p in enumerate(order) if row["name"].startswith(p)), len(order))
        return row["value"], prefix, row["name"]

    rows = sorted(read(facts / "errors.tsv"), key=preference)
    write("errors.tsv", ["value", "name"], [[row["value"][2:], row["name"]] for row in rows])
    known = {row["name"] for row in rows}
    with_meaning = [row["name"] for row in read(HERE / "meanings.tsv")]
    assert with_meaning == sorted(set(with_meaning)), "meanings.tsv is not sorted"
    assert known.issuperset(with_meaning), set(with_meaning) - known
    mapi = {name for name in known if name.startswith("MAPI_")}
    assert mapi.issubset(with_meaning), mapi - set(with_meaning)


def guids(facts):
    def preference(row):
        other = row["header"] in ("docs", "mfcmapi") and not row["name"].startswith("PSETID_")
        return row["guid"], other, not row["name"].startswith("PSETID_"), row["name"]

    rows = sorted(read(facts / "guids.tsv"), key=preference)
    write("guids.tsv", ["guid", "name"], [[row["guid"], row["name"]] for row in rows])


def flags(facts):
    scopes = {"property": "tag", "named property": "named", "field": "field"}
    number = lambda text: f"{int(text, 16):X}" if text else ""
    rows = sorted(read(facts / "flags.tsv"), key=lambda row: (scopes[row["scope"]], row["applies_to"]))
    write(
        "flags.tsv",
        ["scope", "applies_to", "flag", "value", "kind", "mask"],
        [
            [
                scopes[row["scope"]],
                row["applies_to"],
                row["flag"],
                number(row["value"]),
                row["kind"],
                number(row["mask"]),
            ]
            for row in rows
        ],
    )


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    facts = pathlib.Path(sys.argv[1])
    for table in (tags, named, errors, guids, flags):
        table(facts)


main()
