#!/usr/bin/env python3
"""Measures readers of PST and OST files side by side, and prints a table in Markdown.

    speed.py BUILD RUNS FILE...

BUILD is the folder with the programs that build.sh makes. The tools take turns, so that a
disturbance meets them all alike; each figure is the median of RUNS runs after one that does not
count. Every tool but readpst reads every property, every row of the tables and every byte of the
attachments and drops them; readpst writes EML files to memory, decoding far fewer properties.
"""

import pathlib
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile


def tools(build, jobs):
    found = {f"mapix, {n} {'job' if n == 1 else 'jobs'}": [build / "speed-mapix", "FILE", str(n)]
             for n in jobs}
    found["outlook-pst 1.2.0"] = [build / "speed-outlook-pst", "FILE"]
    found["libpff " + (build / "libpff-version").read_text().strip()] = [build / "pff", "walk",
                                                                         "FILE"]
    readpst = shutil.which("readpst")
    if readpst:
        version = subprocess.run([readpst, "-V"], capture_output=True, text=True).stdout
        version = re.search(r"v([\d.]+)", version)
        name = "readpst " + (version.group(1) if version else "")
        # -D: also what was deleted; -j0: in one process.
        found[name] = [readpst, "-q", "-S", "-D", "-j0", "-o", "OUT", "FILE"]
    return found


def run(build, command, path):
    memory = "/dev/shm" if pathlib.Path("/dev/shm").is_dir() else None
    with tempfile.TemporaryDirectory(dir=memory) as out:
        words = {"FILE": str(path), "OUT": out}
        command = [build / "measure", *(words.get(word, word) for word in command)]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=1800)
        if "OUT" in words and "readpst" in str(command[1]):
            files = [f for f in pathlib.Path(out).rglob("*") if f.is_file()]
            said = f"{len(files)} files written"
        else:
            said = done.stdout.decode(errors="replace")
    cpu, wall, peak, code = done.stderr.decode(errors="replace").strip().splitlines()[-1].split()
    return float(cpu), float(wall), int(peak), int(code), said


def what_was_read(said):
    """How many messages and attachments, by a tool's own count."""
    if "written" in said:
        return said
    number = {name: int(count) for name, count in re.findall(r"(\w+):? (\d+)", said)}
    text = f"{number['messages']} + {number['associated']} messages, " \
           f"{number['attachments']} attachments"
    return text + (f", **{number['errors']} errors**" if number["errors"] else "")


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    build, runs, files = pathlib.Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    with open("/proc/cpuinfo") as info:
        model = re.search(r"model name\s*: (.*)", info.read())
    cpu = model.group(1) if model else "unknown CPU"
    print(f"{platform.system()} {platform.machine()}, {cpu}; medians of {runs} runs, files in the "
          "page cache.")
    for path in map(pathlib.Path, files):
        size = path.stat().st_size / 1e6
        print(f"\n### {path.name}, {size:.1f} MB\n")
        print("| tool | CPU s | wall s | MB per CPU s | peak MB | CPU, mapix = 1 | what it read |")
        print("|---|--:|--:|--:|--:|--:|---|")
        results = {name: [] for name in tools(build, (1, 2))}
        for turn in range(runs + 1):
            for name, command in tools(build, (1, 2)).items():
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


if __name__ == "__main__":
    main()
