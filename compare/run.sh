#!/bin/sh
# Compares mapix with other readers of PST and OST files, by what they read and how fast, and the
# mail that it writes with the mailbox:
#
#   compare/run.sh FOLDER [FILE...]
#
# FOLDER holds PST and OST files; their values are compared with those of libpff. The speed is
# measured on the FILEs, or if there are none on the largest PST and the largest OST of FOLDER.
# With COMPARE_BIG=1 a file of a gigabyte is made and measured as well (big.py).
# With COMPARE_STORE=1 the embedded store is measured beside notmuch, mu, Dovecot and a schema of
# entities, attributes and values, on 100,000 mails that are made for it; that takes an hour.
# COMPARE_STORE=million adds a million messages and 200,000 folders. To do nothing else:
#
#   compare/run.sh store [OPTION...]      the options are those of store/store.py
#
# The results are in compare/build: values.txt, mail.txt, speed.md and store.md. COMPARE_RUNS sets how
# often each tool runs; readpst takes part if it is installed (Debian: pst-utils).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=${COMPARE_BUILD:-$here/build}
[ $# -ge 1 ] || { sed -n '2,/^set/s/^# \{0,1\}//p' "$0"; exit 64; }
corpus=$1
shift
"$here/build.sh"
if [ "$corpus" = store ]; then
    python3 "$here/store/store.py" "$build" "$@" | tee "$build/store.md"
    exit 0
fi
equal=0
python3 "$here/values.py" "$build/pff" "$build/mapix-dump" "$build/speed-outlook-pst" "$corpus" \
    > "$build/values.txt" || equal=1
cat "$build/values.txt"
"$build/venv/bin/python" "$here/mail/mail.py" "$build/mapix" "$build/pff" "$build/mapix-dump" \
    "$build/mail-reader" "$corpus" > "$build/mail.txt" || equal=1
cat "$build/mail.txt"
if [ $# -eq 0 ]; then
    for kind in pst ost; do
        largest=$(find "$corpus" -name "*.$kind" -exec ls -S {} + | head -1)
        [ -z "$largest" ] || set -- "$@" "$largest"
    done
fi
if [ -n "${COMPARE_BIG:-}" ]; then
    if [ ! -e "$build/big.pst" ]; then
        "$build/venv/bin/pip" install --quiet Aspose.Email-for-Python-via-NET
        DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 "$build/venv/bin/python" "$here/speed/big.py" \
            "$build/big.part.pst"
        mv "$build/big.part.pst" "$build/big.pst"
    fi
    set -- "$@" "$build/big.pst"
fi
python3 "$here/speed/speed.py" "$build" "${COMPARE_RUNS:-11}" "$@" | tee "$build/speed.md"
case ${COMPARE_STORE:-} in
    '') ;;
    million) python3 "$here/store/store.py" "$build" --million | tee "$build/store.md" ;;
    *) python3 "$here/store/store.py" "$build" | tee "$build/store.md" ;;
esac
exit $equal
