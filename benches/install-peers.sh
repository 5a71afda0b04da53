#!/bin/sh
# Installs the optional contenders of `cargo bench --bench peers` on Debian and its kin. Without arguments all of them,
# else those that are named: nginx curl wrk aria2c go geventhttpclient aiohttp octopus requests-futures
#
# How the bench finds them: nginx, curl, wrk, aria2c and go by PATH; the Python ones in target/peers/venv, which is made here,
# or in whatever python3 can import them. The Go contender is built from benches/peers/go_peer.go into target/peers at
# its first turn. What is not found is named in the tables and left out.
set -eu
cd "$(dirname "$0")/.."
venv="${CARGO_TARGET_DIR:-target}/peers/venv"

packages() {
    missing=""
    for package in "$@"; do
        dpkg -s "$package" >/dev/null 2>&1 || missing="$missing $package"
    done
    [ -z "$missing" ] && return
    as_root=""
    [ "$(id -u)" = 0 ] || as_root=sudo
    $as_root apt-get update -q
    # shellcheck disable=SC2086 # a list of words
    $as_root apt-get install -qy --no-install-recommends $missing
}

python_package() {
    packages python3 python3-venv python3-dev gcc
    [ -x "$venv/bin/python3" ] || /usr/bin/python3 -m venv "$venv"
    "$venv/bin/pip" install -q "$1"
}

[ $# -gt 0 ] || set -- nginx curl wrk aria2c go geventhttpclient aiohttp octopus requests-futures
for peer in "$@"; do
    case "$peer" in
    nginx | curl | wrk) packages "$peer" ;;
    aria2c) packages aria2 ;;
    go) packages golang-go ;;
    geventhttpclient | aiohttp | requests-futures) python_package "$peer" ;;
    octopus) python_package octopus-http ;;
    *) echo "no contender $peer" >&2; exit 2 ;;
    esac
done
