#!/bin/sh
# The JavaScript guide is run with the clients that hospitals use, as they are published. They go into build/, never into
# the repository; nothing of theirs is run while they are installed. Without optional parts: those are for telephones.
set -eu
folder=${1:-build/node-clients}
if [ -d "$folder/node_modules/fhirclient" ] && [ -d "$folder/node_modules/fhir-kit-client" ]; then
    exit 0
fi
if ! command -v npm >/dev/null 2>&1 && command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends nodejs npm >/dev/null
fi
if ! command -v npm >/dev/null 2>&1; then
    echo "Node is not here (Debian: apt install nodejs npm): the JavaScript guide will not be tried." >&2
    exit 0
fi
mkdir -p "$folder"
npm install --prefix "$folder" --ignore-scripts --no-audit --no-fund --no-package-lock --omit=optional --omit=peer --silent \
    fhirclient@2 fhir-kit-client@1
