#!/bin/sh
# Installs the optional contenders of `cargo bench --bench peers` on Debian and its kin, and says at the end which are there.
# Without arguments all of them, else those that are named:
#   nginx curl wrk hey h2load aria2c go oha wrk2 geventhttpclient aiohttp octopus requests-futures
#
# How the bench finds them: by PATH, but first in target/peers/bin, where oha and wrk2 are put; the Python ones in
# target/peers/venv, or in whatever python3 can import them. The Go contender is built from benches/peers/go_peer.go into
# target/peers at its first turn. What is not found is named in the tables and left out. No test needs any of it.
#
# What is there already is left as it is. What cannot be had (no network, no such package) is named and makes the exit code
# 1; the others are installed nevertheless.
set -u
cd "$(dirname "$0")/.." || exit 1
peers="${CARGO_TARGET_DIR:-target}/peers"
mkdir -p "$peers/bin" || exit 1
peers=$(cd "$peers" && pwd) || exit 1
PATH="$peers/bin:$PATH:/usr/sbin"
updated=""
there=""
had=""
failed=""

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# Debian packages that are not there yet.
packages() {
    missing=""
    for package in "$@"; do
        dpkg -s "$package" >/dev/null 2>&1 || missing="$missing $package"
    done
    [ -z "$missing" ] && return 0
    if [ -z "$updated" ]; then
        as_root apt-get update -q && updated=yes
    fi
    # shellcheck disable=SC2086 # a list of words
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends $missing
}

# Whether the bench would find it.
is_there() {
    case "$1" in
    geventhttpclient | aiohttp | octopus) imports "$1" ;;
    requests-futures) imports requests_futures ;;
    *) command -v "$1" >/dev/null 2>&1 ;;
    esac
}

imports() {
    "$peers/venv/bin/python3" -c "import $1" >/dev/null 2>&1 || python3 -c "import $1" >/dev/null 2>&1
}

python_package() {
    packages python3 python3-venv python3-dev gcc || return 1
    [ -x "$peers/venv/bin/python3" ] || /usr/bin/python3 -m venv "$peers/venv" || return 1
    "$peers/venv/bin/pip" install -q "$1"
}

# In no package registry.
wrk2_from_source() {
    packages git make gcc libssl-dev zlib1g-dev || return 1
    sources=$(mktemp -d) || return 1
    GIT_TERMINAL_PROMPT=0 git clone -q --depth 1 https://github.com/giltene/wrk2 "$sources/wrk2" &&
        make -s -C "$sources/wrk2" >"$sources/log" 2>&1 &&
        cp "$sources/wrk2/wrk" "$peers/bin/wrk2"
    result=$?
    rm -rf "$sources"
    return "$result"
}

obtain() {
    case "$1" in
    nginx | curl | wrk | hey) packages "$1" ;;
    h2load) packages nghttp2-client ;;
    aria2c) packages aria2 ;;
    go) packages golang-go ;;
    oha) cargo install -q oha --locked --root "$peers" ;;
    wrk2) wrk2_from_source ;;
    geventhttpclient | aiohttp | requests-futures) python_package "$1" ;;
    octopus) python_package octopus-http ;;
    esac
}

[ $# -gt 0 ] || set -- nginx curl wrk hey h2load aria2c go oha wrk2 geventhttpclient aiohttp octopus requests-futures
for peer in "$@"; do
    case "$peer" in
    nginx | curl | wrk | hey | h2load | aria2c | go | oha | wrk2) ;;
    geventhttpclient | aiohttp | octopus | requests-futures) ;;
    *) echo "no contender $peer" >&2; exit 2 ;;
    esac
done
for peer in "$@"; do
    if is_there "$peer"; then
        there="$there $peer"
    elif obtain "$peer" && is_there "$peer"; then
        had="$had $peer"
    else
        failed="$failed $peer"
    fi
done
[ -z "$there" ] || echo "there before:$there"
[ -z "$had" ] || echo "installed:$had"
[ -z "$failed" ] || { echo "could not be had:$failed" >&2; exit 1; }
