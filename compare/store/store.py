#!/usr/bin/env python3
"""Measures the embedded store beside notmuch, mu, Dovecot and a schema of entities, attributes and
values, on the same mails in the same run, and prints a table in Markdown.

    store.py BUILD [--mails 20000] [--rows 200000] [--million] [--runs 3]

BUILD is the folder with the programs that build.sh makes; what is made for the run goes to
BUILD/store and is used again. notmuch, mu and Dovecot take part if they are installed (Debian:
notmuch, maildir-utils, dovecot-imapd). Each figure is a median; tools take turns.
"""

import argparse
import pathlib
import pwd
import os
import re
import shutil
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROWS = []


def row(what, ours, peer, theirs, ratio, demand, met):
    ROWS.append((what, ours, peer, theirs, ratio, demand, met))
    print("| " + " | ".join((what, ours, peer, theirs, ratio, demand, "yes" if met else "**no**"))
          + " |", flush=True)


def compare(what, ours, peer, theirs, at_least, unit="s", of="time"):
    """A row for two times (or two rates): how many times faster we are, and what is demanded."""
    ratio = theirs / ours if of == "time" else ours / theirs
    row(what, f"{ours:.4g} {unit}", peer, f"{theirs:.4g} {unit}", f"{ratio:.2f}x",
        f">= {at_least}x", ratio >= at_least)


def limit(what, value, at_most, unit):
    row(what, f"{value:.4g} {unit}", "-", "-", "-", f"<= {at_most} {unit}", value <= at_most)


def run(command, **more):
    start = time.perf_counter()
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, **more)
    took = time.perf_counter() - start
    if done.returncode:
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
        return run(["mu", "find", f"--muhome={self.work / 'mu'}", "--maxnum=50", "--sortfield=date",
                    "--reverse", *words])[0]

    def dovecot(self, words, text=None):
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
        more = {"user": self.nobody} if self.nobody else {}
        return run(["doveadm", "-c", config, *words], input=text, cwd=home,
                   env={**os.environ, "HOME": str(home), "USER": user}, **more)

    def dovecot_import(self):
        fresh(self.work / "dovecot")
        # It writes into the Maildir that it reads.
        copy = fresh(self.work / "maildir-for-dovecot")
        run(["cp", "-a", "--reflink=auto", self.mails, copy])
        if self.nobody:
            run(["chown", "-R", "nobody", copy])
        return self.dovecot(["import", f"maildir:{copy}", "", "all"])[0]

    def imap(self, commands):
        """Times each command by what Dovecot says itself; seconds by the first word of each."""
        text = "".join(f"t{n} {command}\r\n" for n, command in enumerate(["SELECT INBOX", *commands]))
        took, said = self.dovecot(["exec", "imap"], text + "zz LOGOUT\r\n")
        times = []
        for n in range(1, len(commands) + 1):
            found = re.search(rf"^t{n} OK .*\(([\d.]+) \+ ([\d.]+)", said, re.M)
            if not found:
                sys.exit(f"Dovecot: {commands[n - 1]}: {said[-500:]}")
            times.append(sum(map(float, found.groups())))
        return took, times

    def append(self, count, mail):
        """Seconds for each durable APPEND."""
        literal = f"APPEND INBOX {{{len(mail)}+}}\r\n{mail}"
        _, times = self.imap([literal] * count)
        return times


def imports(build, work, mails, runs):
    mapix, peers = build / "mapix", Peers(work, mails)
    payload = size(mails / "cur")
    count = sum(1 for _ in (mails / "cur").iterdir())
    times = {name: [] for name in ("mapix", "notmuch", "mu", "dovecot")}
    store = work / "mails.mapix"
    for _ in range(runs):
        fresh(store)
        times["mapix"].append(run([mapix, "import", mails, "--into", store, "--quiet"])[0])
        if shutil.which("notmuch"):
            times["notmuch"].append(peers.notmuch_index())
        if shutil.which("mu"):
            times["mu"].append(peers.mu_index())
        if shutil.which("doveadm"):
            times["dovecot"].append(peers.dovecot_import())
    taken = {name: statistics.median(found) for name, found in times.items() if found}
    ours = taken["mapix"]
    what = f"import of {count} mails with full text"
    for peer, name, least in (("notmuch", "notmuch new", 12), ("mu", "mu index", 7),
                              ("dovecot", "doveadm import, mdbox, no index", 0.35)):
        if peer in taken:
            compare(what, ours, name, taken[peer], least)
    ratio = size(store) / payload
    row("bytes of the store / of the mails, with full text", f"{ratio:.3f}", "-", "-", "-", "<= 1.1",
        ratio <= 1.1)
    return store, peers, count


def searches(build, peers, store, runs):
    queries = [("project", "project", "project"), ("the", "the", "the"),
               ('"in the"', '"in the"', '"in the"'), ("zanzibar", "zanzibar", "zanzibar"),
               ("sta*", "sta*", "sta*")]
    ours = figures([build / "compare-store", "search", store, runs * 5, *(q[0] for q in queries)])
    if not shutil.which("notmuch"):
        return
    idle = statistics.median(peers.notmuch("count", "--exclude=false", "id:none")[0] for _ in range(9))
    for query, theirs, _ in queries:
        taken = statistics.median(
            peers.notmuch("search", "--output=messages", "--limit=50", "--exclude=false", theirs)[0]
            for _ in range(runs * 3)) - idle
        compare(f"newest 50 of {query}", ours[f"newest 50 of {query}"], "notmuch search, start-up off",
                max(taken, 1e-5) * 1e3, 2 if query.startswith('"') else 0.83, "ms")


def tables(build, work, count, runs):
    bench = build / "compare-store"
    store, eav = work / f"rows-{count}.mapix", work / f"eav-{count}.sqlite"
    filled = {}
    if not store.exists():
        filled["mapix"] = figures([bench, "fill", fresh(store), count])
    if not eav.exists():
        filled["eav"] = figures([bench, "fill-eav", fresh(eav), count, 4096])
    if len(filled) == 2:
        compare(f"commit of {count} messages, 1000 each, with full text", filled["mapix"]["insert, messages/s"],
                "EAV in SQLite, no full text", filled["eav"]["insert, messages/s"], 1, "/s", "rate")
    run(["sh", "-c", "sync; echo 3 > /proc/sys/vm/drop_caches || true"])
    ours, theirs = figures([bench, "tables", store, runs]), figures([bench, "tables-eav", eav, runs])
    n = f"{count} rows"
    limit(f"first 50 of {n} by received, warm", ours["first 50 by received"], 1, "ms")
    limit(f"open and first 50 of {n}, cold", ours["open and first 50, first time"], 50, "ms")
    scan = ours["scan of 8 columns"]
    unusual = ours["first 50 by importance and subject"]
    limit(f"first 50 of {n} by importance and subject / scan", unusual / scan, 1, "")
    for name, least in (("all rows in order of received", 15),
                        ("all rows by importance and subject", 15),
                        ("restriction on subject and size", 10),
                        ("open 2000 random messages, all properties and recipients", 2)):
        compare(f"{name}, {n}", ours[name], "EAV in SQLite", theirs[name], least, "ms")
    if ours["restriction, rows found"] != theirs["restriction, rows found"]:
        sys.exit("the restriction does not find the same rows")
    limit("resident, tables", ours["tables, peak MB"], 200, "MB")


def dovecot(peers, build, store, work, mails, runs):
    if not shutil.which("doveadm"):
        return
    sorts = ["SORT (ARRIVAL) UTF-8 ALL", "SORT (SIZE SUBJECT) UTF-8 ALL",
             "SEARCH SUBJECT foo LARGER 3000"]
    _, cold = peers.imap(sorts)
    warm = [statistics.median(times) for times in zip(*(peers.imap(sorts)[1] for _ in range(runs)))]
    ours = figures([build / "compare-store", "tables", store, runs])
    compare("all rows in order of received", ours["all rows in order of received"],
            "Dovecot SORT ARRIVAL, warm", warm[0] * 1e3, 5, "ms")
    compare("all rows by importance and subject", ours["all rows by importance and subject"],
            "Dovecot SORT SIZE SUBJECT, first time", cold[1] * 1e3, 30, "ms")
    compare("restriction on subject and size", ours["restriction on subject and size"],
            "Dovecot SEARCH SUBJECT LARGER", warm[2] * 1e3, 5, "ms")
    mail = next((mails / "cur").iterdir()).read_bytes().decode(errors="replace")
    appended = statistics.median(peers.append(200, mail)) * 1e3
    saved = figures([build / "compare-store", "single", fresh(work / "single.mapix"), 500])
    sync = figures([build / "compare-store", "sync", work / "sync", 500])
    compare("one durable save, p50", saved["one durable save, p50"],
            "Dovecot APPEND, mail_fsync=always", appended, 2.5, "ms")
    limit("one durable save / one fdatasync, p50",
          saved["one durable save, p50"] / sync["fdatasync of 8 kB, p50"], 4, "")


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
    parser.add_argument("--mails", type=int, default=20000)
    parser.add_argument("--rows", type=int, default=200000)
    parser.add_argument("--million", action="store_true")
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    build = options.build.resolve()
    work = build / "store"
    work.mkdir(parents=True, exist_ok=True)
    mails = work / f"mails-{options.mails}"
    if not mails.exists():
        run([sys.executable, HERE / "mails.py", mails, options.mails])
    print("| what | mapix | peer | peer's | ratio | demand | met |\n|---|--:|---|--:|--:|--:|---|")
    store, peers, _ = imports(build, work, mails, options.runs)
    searches(build, peers, store, options.runs)
    dovecot(peers, build, store, work, mails, options.runs)
    tables(build, work, options.rows, options.runs)
    if options.million:
        tables(build, work, 1_000_000, options.runs)
    processes(build, work)


if __name__ == "__main__":
    main()
