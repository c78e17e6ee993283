#!/bin/sh
# Builds the pages' assets with Node; the output is committed, so only maintainers run this.
set -eu
cd "$(dirname "$0")"
npm install --no-package-lock --no-audit --no-fund --ignore-scripts --silent
node build.mjs
