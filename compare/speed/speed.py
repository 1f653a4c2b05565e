#!/usr/bin/env python3
"""Measures readers of PST and OST files side by side, and prints tables in Markdown.

    speed.py BUILD RUNS FILE...

BUILD is the folder with the programs that build.sh makes. The tools take turns, so that a
disturbance meets them all alike; each figure is the median of RUNS runs after one that does not
count. There are two tables for each file. In the first every tool reads every property, every row
of the tables and every byte of the attachments and drops them; dd, which only copies the file out
of the page cache, shows what no reader can do without. In the second mapix and readpst write EML
files to memory: readpst decodes far fewer properties, mapix writes a manifest with hashes of every
mail and every attachment as well.
"""

import pathlib
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile


def jobs(count):
    return f"{count} job{'s' if count > 1 else ''}"


def readers(build):
    found = {f"mapix, {jobs(n)}": [build / "speed-mapix", "FILE", str(n)] for n in (1, 2)}
    found["outlook-pst 1.2.0"] = [build / "speed-outlook-pst", "FILE"]
    found["libpff " + (build / "libpff-version").read_text().strip()] = [build / "pff", "walk",
                                                                         "FILE"]
    found["dd, the bytes alone"] = ["dd", "if=FILE", "of=/dev/null", "bs=64K", "status=none"]
    return found


def writers(build):
    found = {f"mapix export, {jobs(n)}": [build / "mapix", "export", "FILE", "--to", "eml", "--all",
                                          "--quiet", "--jobs", str(n), "--out", "OUT/mail"]
             for n in (1, 2)}
    readpst = shutil.which("readpst")
    if readpst:
        version = subprocess.run([readpst, "-V"], capture_output=True, text=True).stdout
        version = re.search(r"v([\d.]+)", version)
        name = "readpst " + (version.group(1) if version else "")
        # -D: also what was deleted; -j0: in one process.
        command = [readpst, "-q", "-e", "-D", "-o", "OUT", "FILE"]
        found[f"{name}, 1 job"] = [*command, "-j0"]
        found[f"{name}, as it comes"] = command
    return found


def run(build, command, path):
    memory = "/dev/shm" if pathlib.Path("/dev/shm").is_dir() else None
    with tempfile.TemporaryDirectory(dir=memory) as out:
        words = [str(word).replace("FILE", str(path)).replace("OUT", out) for word in command]
        command = [build / "measure", *words]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=1800)
        files = sum(f.is_file() for f in pathlib.Path(out).rglob("*"))
        if files:
            said = f"{files} files written"
        else:
            said = done.stdout.decode(errors="replace")
    cpu, wall, peak, code = done.stderr.decode(errors="replace").strip().splitlines()[-1].split()
    return float(cpu), float(wall), int(peak), int(code), said


def what_was_read(said):
    """How many messages and attachments, by a tool's own count."""
    if "written" in said or not said:
        return said
    number = {name: int(count) for name, count in re.findall(r"(\w+):? (\d+)", said)}
    text = f"{number['messages']} + {number['associated']} messages, " \
           f"{number['attachments']} attachments"
    return text + (f", **{number['errors']} errors**" if number["errors"] else "")


def table(build, runs, path, tools):
    size = path.stat().st_size / 1e6
    print("\n| tool | CPU s | wall s | MB per CPU s | peak MB | CPU, mapix = 1 | what it did |")
    print("|---|--:|--:|--:|--:|--:|---|")
    results = {name: [] for name in tools}
    for turn in range(runs + 1):
        for name, command in tools.items():
            result = run(build, command, path)
            if turn:
                results[name].append(result)
    base = None
    for name, taken in results.items():
        cpu, wall, peak = (statistics.median(run[i] for run in taken) for i in range(3))
        code, said = taken[-1][3], taken[-1][4]
        base = base or cpu
        if code:
            print(f"| {name} | - | - | - | - | - | refuses the file |")
            continue
        read = what_was_read(said)
        # What reads nothing has no speed.
        speed, ratio = f"{size / cpu:.0f}", f"{cpu / base:.2f}"
        if read.startswith("0 + 0 "):
            speed = ratio = "-"
        print(f"| {name} | {cpu:.3f} | {wall:.3f} | {speed} | {peak / 1024:.1f} | {ratio} | "
              f"{read} |", flush=True)


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    build, runs, files = pathlib.Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    with open("/proc/cpuinfo") as info:
        model = re.search(r"model name\s*: (.*)", info.read())
    cpu = model.group(1) if model else "unknown CPU"
    load = pathlib.Path("/proc/loadavg").read_text().split()[0]
    print(f"{platform.system()} {platform.machine()}, {cpu}; medians of {runs} runs, files in the "
          f"page cache; load {load} at the beginning.")
    for path in map(pathlib.Path, files):
        print(f"\n### {path.name}, {path.stat().st_size / 1e6:.1f} MB")
        table(build, runs, path, readers(build))
        table(build, runs, path, writers(build))


if __name__ == "__main__":
    main()
