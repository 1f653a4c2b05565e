#!/bin/sh
# Installs libmapi, its headers, its pkg-config file and its CMake package.
#
#     crates/mapix-capi/install.sh PREFIX [BUILT]
#
# BUILT is a directory with libmapi.so and libmapi.a; without it, they are built first. DESTDIR is
# put before every path, LIBDIR (default: lib) is where libraries go below PREFIX.
set -eu

prefix=${1:?usage: install.sh PREFIX [BUILT]}
here=$(cd "$(dirname "$0")" && pwd)
built=${2:-}
if [ -z "$built" ]; then
    (cd "$here" && cargo build --release --locked -p mapix-capi)
    built=${CARGO_TARGET_DIR:-$here/../../target}/release
fi
libdir=${LIBDIR:-lib}
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' "$here/../../Cargo.toml" | head -n 1)
major=${version%%.*}
rest=${version#*.}
minor=${rest%%.*}
lib=${DESTDIR:-}$prefix/$libdir
include=${DESTDIR:-}$prefix/include/mapi

mkdir -p "$lib/pkgconfig" "$lib/cmake/mapi" "$include/win"
install -m 755 "$built/libmapi.so" "$lib/libmapi.so.$version"
ln -sf "libmapi.so.$version" "$lib/libmapi.so.0"
ln -sf libmapi.so.0 "$lib/libmapi.so"
install -m 644 "$built/libmapi.a" "$lib/libmapi.a"
install -m 644 "$here"/include/*.h "$include"
install -m 644 "$here"/include/win/*.h "$include/win"

# From lib/cmake/mapi up to the prefix.
up=../..$(printf '%s' "/$libdir" | sed 's,/[^/]*,/..,g')
fill() {
    sed -e "s,@PREFIX@,$prefix,; s,@LIBDIR@,$libdir,; s,@PREFIX_FROM_HERE@,$up,; s,@VERSION@,$version,g" \
        -e "s,@MAJOR@,$major,; s,@MINOR@,$minor," "$1" > "$2"
}
fill "$here/dist/mapi.pc.in" "$lib/pkgconfig/mapi.pc"
fill "$here/dist/mapi-config.cmake.in" "$lib/cmake/mapi/mapi-config.cmake"
fill "$here/dist/mapi-config-version.cmake.in" "$lib/cmake/mapi/mapi-config-version.cmake"

# Windows does not mind how a name is spelled. These are the spellings that sources use: the one of
# Microsoft's headers, and capitals with either ending. Where case does not count, nothing is done.
spell() {
    [ -e "$1/$3" ] || ln -s "$2" "$1/$3"
}
spellings="MAPI MAPIX MAPIDefS MAPICode MAPITags MAPIGuid MAPIUtil MAPISPI MAPINls MAPIVal MAPIWin
    MAPIDbg MAPIHook MAPIAux MAPIForm MAPIOID MAPIWz IMessage IMSCapabilities EdkMdb EdkGuid EMSABTag
    ExchForm MSPST TNEF Tnef ABHelp"
for name in $spellings; do
    small=$(printf '%s' "$name" | tr '[:upper:]' '[:lower:]')
    capital=$(printf '%s' "$name" | tr '[:lower:]' '[:upper:]')
    for spelled in "$name.h" "$capital.h" "$capital.H"; do
        spell "$include" "$small.h" "$spelled"
    done
done
for name in Windows WinError ObjBase Ole2 ObjIdl InitGuid TChar; do
    small=$(printf '%s' "$name" | tr '[:upper:]' '[:lower:]')
    spell "$include/win" "$small.h" "$name.h"
    spell "$include/win" "$small.h" "$(printf '%s' "$name" | tr '[:lower:]' '[:upper:]').H"
done
echo "installed libmapi $version in ${DESTDIR:-}$prefix"
