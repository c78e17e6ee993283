#!/bin/sh
# The test of the web server in front runs a real nginx: the system's, else Debian's package unpacked into build/nginx.
# It is unpacked and not installed: an installed one starts at once, and this machine may serve something else on port 80.
set -eu
cd "$(dirname "$0")/.."
if command -v nginx >/dev/null 2>&1 || [ -x /usr/sbin/nginx ] || [ -x build/nginx/usr/sbin/nginx ]; then
    exit 0
fi
if ! command -v apt-get >/dev/null 2>&1; then
    echo "Install nginx (Debian: apt install nginx), then run this again." >&2
    exit 1
fi
mkdir -p build
fresh=$(mktemp -d build/nginx.XXXXXX)
get() { (cd "$fresh" && apt-get download -qq nginx >/dev/null 2>&1); }
get || { [ "$(id -u)" = 0 ] && apt-get update -qq && get; }
dpkg -x "$fresh"/nginx_*.deb "$fresh"
mv -T "$fresh" build/nginx 2>/dev/null || rm -rf "$fresh" # another process was quicker
[ -x build/nginx/usr/sbin/nginx ]
