#!/usr/bin/env python3
"""Measures the embedded store beside notmuch, mu, Dovecot and a schema of entities, attributes and
values, on the same mails in the same run, and prints a table in Markdown.

    store.py BUILD [--mails 100000] [--rows 200000] [--million] [--runs 3] [--only PART...]

BUILD is the folder with the programs that build.sh makes; what is made for the run goes to
BUILD/store and is used again. notmuch, mu and Dovecot take part if they are installed (Debian:
notmuch, maildir-utils, dovecot-imapd). Each figure is a median; tools take turns. As root, caches
are dropped for what is to be cold. --million adds the rows that ask for a million messages and for
200,000 folders; it takes 15 GB of disk.
"""

import argparse
import pathlib
import pwd
import os
import random
import shutil
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent


def row(what, ours, peer, theirs, ratio, demand, met):
    reached = "" if demand == "-" else "yes" if met else "**no**"
    print("| " + " | ".join((what, ours, peer, theirs, ratio, demand, reached)) + " |", flush=True)


def compare(what, ours, peer, theirs, at_least, unit="s", of="time"):
    """A row for two times (or two rates): how many times faster we are, and what is demanded."""
    ratio = theirs / ours if of == "time" else ours / theirs
    row(what, f"{ours:.4g} {unit}", peer, f"{theirs:.4g} {unit}", f"{ratio:.2f}x",
        f">= {at_least}x", ratio >= at_least)


def limit(what, value, at_most, unit):
    row(what, f"{value:.4g} {unit}".strip(), "-", "-", "-", f"<= {at_most:g} {unit}".strip(),
        value <= at_most)


def run(command, fine=(0,), **more):
    start = time.perf_counter()
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, **more)
    took = time.perf_counter() - start
    if done.returncode not in fine:
        sys.exit(f"{' '.join(map(str, command))}: {done.stderr[-2000:]}")
    return took, done.stdout


def figures(command):
    return {name: float(value) for name, value in
            (line.split("\t") for line in run(command)[1].splitlines())}


def size(path):
    if path.is_file():
        return sum(f.stat().st_size for f in path.parent.glob(path.name + "*"))
    return sum(f.stat().st_size for f in path.rglob("*") if f.is_file())


def fresh(path):
    for found in path.parent.glob(path.name + "*"):
        shutil.rmtree(found) if found.is_dir() else found.unlink()
    return path


class Peers:
    """What else keeps and finds mail, each with the same Maildir."""

    def __init__(self, work, mails):
        self.work, self.mails = work, mails
        self.nobody = pwd.getpwnam("nobody").pw_uid if os.getuid() == 0 else None

    # notmuch keeps its index beside the mails.
    def notmuch(self, *words):
        config = self.work / "notmuch.conf"
        config.write_text(f"[database]\npath={self.mails}\n[new]\ntags=new\n[user]\nname=x\n"
                          "primary_email=x@mail.example\n")
        return run(["notmuch", *words], env={**os.environ, "NOTMUCH_CONFIG": str(config)})

    def notmuch_index(self):
        shutil.rmtree(self.mails / ".notmuch", ignore_errors=True)
        return self.notmuch("new", "--quiet")[0]

    def mu_index(self):
        home = fresh(self.work / "mu")
        took = run(["mu", "init", f"--muhome={home}", f"--maildir={self.mails}", "--quiet"])[0]
        return took + run(["mu", "index", f"--muhome={home}", "--quiet"])[0]

    def mu_find(self, *words):
        # It fails if it finds nothing.
        return run(["mu", "find", f"--muhome={self.work / 'mu'}", "--maxnum=50", "--sortfield=date",
                    "--reverse", *words], fine=(0, 2, 4))[0]

    def dovecot(self, words, wait=True):
        home = self.work / "dovecot"
        home.mkdir(exist_ok=True)
        user = "nobody" if self.nobody else pwd.getpwuid(os.getuid()).pw_name
        config = home / "dovecot.conf"
        config.write_text(f"""protocols = imap
mail_location = mdbox:{home}/mdbox
mail_uid = {user}
mail_gid = {'nogroup' if self.nobody else os.getgid()}
first_valid_uid = 0
first_valid_gid = 0
mail_fsync = always
base_dir = {home}/run
state_dir = {home}/run
log_path = {home}/log
default_internal_user = {user}
default_login_user = {user}
""")
        if self.nobody:
            run(["chown", "-R", "nobody", home])
        command = ["doveadm", "-c", str(config), *words]
        more = {"user": self.nobody, "group": "nogroup", "extra_groups": []} if self.nobody else {}
        more |= {"cwd": home, "env": {**os.environ, "HOME": str(home), "USER": user}}
        if wait:
            return run(command, **more)
        pipe = subprocess.PIPE
        return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, **more)

    def dovecot_import(self):
        fresh(self.work / "dovecot")
        # It writes into the Maildir that it reads.
        copy = fresh(self.work / "maildir-for-dovecot")
        run(["cp", "-a", "--reflink=auto", self.mails, copy])
        if self.nobody:
            run(["chown", "-R", "nobody", copy])
        return self.dovecot(["import", f"maildir:{copy}", "", "all"])[0]

    def imap(self, commands):
        """Seconds for each command, from its last byte to the last of its answer."""
        process = self.dovecot(["exec", "imap"], wait=False)
        times = []
        for n, command in enumerate(["SELECT INBOX", *commands]):
            line = f"t{n} {command}\r\n".encode()
            start = time.perf_counter()
            process.stdin.write(line)
            process.stdin.flush()
            while not (answer := process.stdout.readline()).startswith(f"t{n} ".encode()):
                if not answer:
                    sys.exit(f"Dovecot ends at {command[:80]}")
            times.append(time.perf_counter() - start)
            if not answer.startswith(f"t{n} OK".encode()):
                sys.exit(f"Dovecot: {command[:80]}: {answer!r}")
        process.stdin.close()
        process.wait()
        return times[1:]


def cold():
    run(["sh", "-c", "sync; echo 3 > /proc/sys/vm/drop_caches || true"])


def imports(build, work, mails, runs):
    mapix, peers = build / "mapix", Peers(work, mails)
    payload, count = size(mails / "cur"), sum(1 for _ in (mails / "cur").iterdir())
    times = {name: [] for name in ("mapix", "notmuch", "mu", "dovecot")}
    store = work / "mails.mapix"
    for _ in range(runs):
        fresh(store)
        cold()
        times["mapix"].append(run([mapix, "import", mails, "--into", store, "--quiet"])[0])
        for program, name, measure in (("doveadm", "dovecot", peers.dovecot_import),
                                       ("mu", "mu", peers.mu_index),
                                       ("notmuch", "notmuch", peers.notmuch_index)):
            if shutil.which(program):
                cold()
                times[name].append(measure())
    taken = {name: statistics.median(found) for name, found in times.items() if found}
    what = f"import of {count} mails with full text"
    for peer, name, least in (("notmuch", "notmuch new", 12), ("mu", "mu index", 7),
                              ("dovecot", "doveadm import to mdbox, no index", 0.35)):
        if peer in taken:
            compare(what, taken["mapix"], name, taken[peer], least)
    limit("bytes of the store / of the mails, with full text", size(store) / payload, 1.1, "")
    if "notmuch" in taken:
        words = figures([build / "compare-store", "index-size", store])["bytes of the index"]
        theirs = size(mails / ".notmuch")
        row("bytes of the full-text index for a mail", f"{words / count:.0f}", "notmuch",
            f"{theirs / count:.0f}", f"{words / theirs:.3f}x", "<= 0.2x", words <= 0.2 * theirs)


def searches(build, work, mails, runs):
    year = ("2024-01-01..2024-12-31", "20240101..20241231")
    queries = [(text, text, text) for text in ("project", "the", "the project", "zanzibar",
                                               '"in the"', '"the project"', "zan*")]
    queries.append((f"project received:{year[0]}", f"project date:{year[0]}",
                    f"project date:{year[1]}"))
    peers, store = Peers(work, mails), work / "mails.mapix"
    ours = figures([build / "compare-store", "search", store, runs * 5, *(q[0] for q in queries)])
    for query, _, _ in queries:
        row(f"newest 50 of {query}", f"{ours[f'newest 50 of {query}']:.3g} ms", "-", "-", "-", "-",
            True)

    def measure(command, words):
        return statistics.median(command(*words) for _ in range(runs * 3))

    def notmuch(*words):
        return peers.notmuch(*words)[0]

    if shutil.which("notmuch"):
        many = ["search", "--output=messages", "--limit=50", "--exclude=false"]
        idle = measure(notmuch, ["count", "--exclude=false", "id:none"])
        for query, theirs, _ in queries:
            taken = (measure(notmuch, [*many, theirs]) - idle) * 1e3
            hits = max(int(peers.notmuch("count", "--exclude=false", theirs)[1]), 1)
            found = max(ours[f"hits of {query}"], 1)
            mine = ours[f"newest 50 of {query}"]
            if taken < 1:
                row(f"newest 50 of {query}", f"{mine:.3g} ms", "notmuch", "no more than to start",
                    "-", "-", True)
                continue
            ratio = (taken / hits) / (mine / found)
            least = 2 if query.startswith('"') else 1 / 1.2
            row(f"newest 50 of {query}, for each hit", f"{mine / found * 1e3:.3g} us", "notmuch",
                f"{taken / hits * 1e3:.3g} us ({taken:.3g} ms)", f"{ratio:.2f}x",
                f">= {least:.2g}x", ratio >= least)
    if shutil.which("mu"):
        idle = measure(peers.mu_find, ["msgid:none"])
        for query, _, theirs in queries:
            taken = max(measure(peers.mu_find, [theirs]) - idle, 1e-5) * 1e3
            mine = ours[f"newest 50 of {query}"]
            row(f"newest 50 of {query}", f"{mine:.3g} ms", "mu find", f"{taken:.3g} ms",
                f"{taken / mine:.2f}x", "-", True)
    limit("resident, search", ours["search, peak MB"], 200, "MB")


def dovecot(build, work, mails, runs):
    if not shutil.which("doveadm"):
        return
    peers, bench = Peers(work, mails), build / "compare-store"
    if not (work / "dovecot" / "mdbox").exists():
        peers.dovecot_import()
    commands = ["SORT (ARRIVAL) UTF-8 ALL", "SORT (SIZE SUBJECT) UTF-8 ALL",
                "SEARCH SUBJECT kabo LARGER 3000"]
    first = peers.imap(commands)
    warm = [statistics.median(times) for times in zip(*(peers.imap(commands) for _ in range(runs)))]
    count = sum(1 for _ in (mails / "cur").iterdir())
    random.seed(9)
    picks = ",".join(str(random.randrange(count) + 1) for _ in range(2000))
    fetch = f"FETCH {picks} (FLAGS INTERNALDATE BODY.PEEK[])"
    fetched = statistics.median(peers.imap([fetch])[0] for _ in range(runs))
    ours = figures([bench, "tables", work / "mails.mapix", runs, "kabo"])
    n = f"{count} mails"
    compare(f"all of {n} in order of received", ours["all rows in order of received"],
            "Dovecot SORT ARRIVAL, warm", warm[0] * 1e3, 5, "ms")
    compare(f"all of {n} by size and subject", ours["all rows by size and subject"],
            "Dovecot SORT SIZE SUBJECT, first time", first[1] * 1e3, 30, "ms")
    compare(f"the same", ours["all rows by size and subject"],
            "Dovecot SORT SIZE SUBJECT, warm", warm[1] * 1e3, 5, "ms")
    compare(f"restriction on subject and size, {n}", ours["restriction on subject and size"],
            "Dovecot SEARCH SUBJECT LARGER, warm", warm[2] * 1e3, 5, "ms")
    compare("all of 2000 random mails with attachments",
            ours["read 2000 random messages with attachments"], "Dovecot FETCH BODY[]",
            fetched * 1e3, 2, "ms")
    mail = max((mails / "cur").iterdir(), key=lambda path: -abs(path.stat().st_size - 3500))
    mail = mail.read_bytes()
    text = mail.decode("latin-1")
    appended = statistics.median(peers.imap([f"APPEND INBOX {{{len(mail)}+}}\r\n{text}"] * 300))
    saved = figures([bench, "single", fresh(work / "single.mapix"), 1000])
    sync = figures([bench, "sync", work / "sync", 500])
    compare("one durable save with full text, p50", saved["one durable save, p50"],
            "Dovecot APPEND, mail_fsync=always", appended * 1e3, 2.5, "ms")
    limit("one durable save / one fdatasync, p50",
          saved["one durable save, p50"] / sync["fdatasync of 8 kB, p50"], 4, "")


def entities(build, work, count):
    """Entities, attributes and values, filled, sorted, filtered and opened."""
    bench = build / "compare-store"
    store = work / f"rows-{count}.mapix"
    ours = figures([bench, "fill", fresh(store), count])["insert, messages/s"]
    for page, words, least in ((4096, "index", 4), (16384, "index", 2.5), (4096, "", 4)):
        path = fresh(work / f"eav-{count}.sqlite")
        more = [words] if words else []
        theirs = figures([bench, "fill-eav", path, count, page, *more])["insert, messages/s"]
        note = "with the same full text" if words else "without full text"
        compare(f"commit of {count} messages, 1000 each, with full text", ours,
                f"EAV in SQLite, pages of {page // 1024} KB, {note}", theirs, least, "/s", "rate")


def tables(build, work, count, runs):
    bench = build / "compare-store"
    store, eav = work / f"rows-{count}.mapix", work / f"eav-{count}.sqlite"
    if not store.exists():
        filled = figures([bench, "fill", fresh(store), count])
        row(f"commit of {count} messages, 1000 each, with full text",
            f"{filled['insert, messages/s']:.0f} /s", "-", "-", "-", "-", True)
        limit(f"resident, commit of {count} messages", filled["insert, peak MB"], 200, "MB")
    cold()
    ours = figures([bench, "tables", store, runs])
    n = f"{count} rows"
    limit(f"first 50 of {n} by received, warm", ours["first 50 by received"], 1, "ms")
    limit(f"open and first 50 of {n}, cold", ours["open and first 50, first time"], 50, "ms")
    unusual, scan = ours["first 50 by importance and subject"], ours["raw scan of 8 columns"]
    blob = ours["first 50 by a property of the blob"]
    if count >= 1_000_000:
        limit(f"first 50 of {n} by importance and subject", unusual, 250, "ms")
        limit(f"first 50 of {n} by a property of the blob", blob, 3500, "ms")
    else:
        row(f"first 50 of {n} by a property of the blob", f"{blob:.4g} ms", "-", "-", "-", "-", True)
    limit(f"first 50 of {n} by importance and subject / a raw scan of 8 columns", unusual / scan, 1,
          "")
    for what in ("all rows in order of received", "all rows by importance and subject",
                 "all rows by subject", "restriction on subject and size"):
        row(f"{what}, {n}", f"{ours[what]:.4g} ms", "-", "-", "-", "-", True)
    limit(f"resident, tables of {n}", ours["tables, peak MB"], 200, "MB")
    if not eav.exists():
        return
    theirs = figures([bench, "tables-eav", eav, runs])
    for name, least in (("all rows in order of received", 15),
                        ("all rows by importance and subject", 15),
                        ("restriction on subject and size", 10),
                        ("open 2000 random messages, all properties and recipients", 2)):
        compare(f"{name}, {n}", ours[name], "EAV in SQLite", theirs[name], least, "ms")
    if ours["restriction, rows found"] != theirs["restriction, rows found"]:
        sys.exit("the restriction does not find the same rows")


def clustering(build, work, count):
    """One of twenty folders, whose rows lie together, and the same in a table where they do not."""
    bench, store = build / "compare-store", work / "folders.mapix"
    figures([bench, "fill", fresh(store), count, 20])
    loose = fresh(work / "loose.sqlite")
    figures([bench, "unclustered", store, loose])
    cold()
    ours = figures([bench, "folder", store, "msg"])["first 50 of a folder"]
    cold()
    theirs = figures([bench, "folder", loose, "loose"])["first 50 of a folder"]
    compare(f"first 50 by importance and subject of one of 20 folders of {count}, cold", ours,
            "rows in order of arrival", theirs, 8, "ms")


def hierarchy(build, work, count):
    found = figures([build / "compare-store", "folders", fresh(work / "tree.mapix"), count])
    peak = found.pop("folders, peak MB")
    for what, value in found.items():
        row(f"{what}, {count} folders", f"{value:.4g}", "-", "-", "-", "-", True)
    limit(f"resident, {count} folders", peak, 200, "MB")


def processes(build, work):
    bench = build / "compare-store"
    store = fresh(work / "shared.mapix")
    one = figures([bench, "writers", store, 1, 5])
    two = figures([bench, "writers", store, 2, 5])
    limit("2 writers, worst wait", two["2 writers, worst wait"], 250, "ms")
    ratio = two["2 writers, saves/s together"] / one["1 writers, saves/s together"]
    row("2 writers together / 1 writer, saves/s", f"{ratio:.2f}", "-", "-", "-", ">= 0.7", ratio >= 0.7)
    seen = figures([bench, "latency", store, 300])
    limit("another process has read a save, p50", seen["another process has read a save, p50"], 5, "ms")
    limit("another process has read a save, p99", seen["another process has read a save, p99"], 50, "ms")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--mails", type=int, default=100_000)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--million", action="store_true")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", nargs="+", help="imports, searches, dovecot, entities, tables, "
                        "processes, clustering, million, hierarchy")
    options = parser.parse_args()
    build, runs = options.build.resolve(), options.runs
    work = build / "store"
    work.mkdir(parents=True, exist_ok=True)
    mails = work / f"mails-{options.mails}"
    if not mails.exists():
        part = fresh(work / "mails.part")
        run([sys.executable, HERE / "mails.py", part, options.mails])
        part.rename(mails)
    parts = {
        "imports": lambda: imports(build, work, mails, runs),
        "searches": lambda: searches(build, work, mails, runs),
        "dovecot": lambda: dovecot(build, work, mails, runs),
        "entities": lambda: entities(build, work, options.rows),
        "tables": lambda: tables(build, work, options.rows, runs),
        "processes": lambda: processes(build, work),
        "clustering": lambda: clustering(build, work, 300_000),
        "million": lambda: tables(build, work, 1_000_000, runs),
        "hierarchy": lambda: hierarchy(build, work, 200_000),
    }
    large = ("million", "hierarchy")
    wanted = options.only or [part for part in parts if options.million or part not in large]
    print("| what | mapix | peer | peer's | ratio | demand | met |\n|---|--:|---|--:|--:|--:|---|")
    for part in wanted:
        parts[part]()


if __name__ == "__main__":
    main()
