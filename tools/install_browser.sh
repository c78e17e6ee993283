#!/bin/sh
# The page tests drive a Chromium of the system; Debian's package serves. Nothing is downloaded at run time.
set -eu
if command -v chromium >/dev/null 2>&1; then
    exit 0
fi
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-thai-tlwg >/dev/null
    exit 0
fi
echo "Install Chromium so that 'chromium' is on the PATH (Debian: apt install chromium), then run this again." >&2
exit 1
