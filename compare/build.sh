#!/bin/sh
# Builds all that the comparisons need into compare/build: libpff from the newest source archive
# on PyPI, the programs of this folder, and mapix itself. Wants cargo, a C compiler, make and pip.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=${COMPARE_BUILD:-$here/build}
mkdir -p "$build"
if [ ! -e "$build/libpff/.done" ]; then
    rm -rf "$build/libpff" "$build/sdist"
    mkdir -p "$build/libpff"
    python3 -m pip download --quiet --no-deps --no-binary :all: --dest "$build/sdist" libpff-python
    tar -xzf "$build"/sdist/libpff_python-*.tar.gz -C "$build/libpff" --strip-components 1
    (
        cd "$build/libpff"
        ./configure --quiet --enable-static --disable-shared --disable-nls CFLAGS=-O2
        make -s -j2
    ) > "$build/libpff.log" 2>&1 || { tail -20 "$build/libpff.log"; exit 1; }
    sed -n 's/^Version: //p' "$build/libpff/PKG-INFO" > "$build/libpff-version"
    touch "$build/libpff/.done"
fi
cc=${CC:-cc}
# zlib makes libpff read compressed blocks; it has an inflater of its own where zlib is missing.
zlib=$(grep -qs 'define HAVE_ZLIB 1' "$build/libpff/common/config.h" && echo -lz || true)
"$cc" -O2 -Wall -Wextra -Wno-format-truncation -I"$build/libpff/include" \
    -o "$build/pff" "$here/libpff/pff.c" "$build/libpff/libpff/.libs/libpff.a" $zlib -lpthread
"$cc" -O2 -Wall -Wextra -o "$build/measure" "$here/speed/measure.c"
# Readers of RTF bodies, for mail.py.
if [ ! -e "$build/venv/.done" ]; then
    python3 -m venv "$build/venv"
    "$build/venv/bin/pip" install --quiet compressed-rtf RTFDE
    touch "$build/venv/.done"
fi
target=${CARGO_TARGET_DIR:-$build/target}
export CARGO_TARGET_DIR=$target
cargo build --quiet --release --manifest-path "$here/Cargo.toml"
cargo build --quiet --release --manifest-path "$here/../Cargo.toml" -p mapix-cli
for program in mapix mail-reader mapix-dump speed-mapix speed-outlook-pst compare-store; do
    cp "$target/release/$program" "$build/"
done
