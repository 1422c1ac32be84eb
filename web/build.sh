#!/bin/sh
# Builds the page into dist/, if its sources have changed since the last time. Without npm it says so and builds nothing:
# the server then has no page, and everything else works.
set -eu
cd "$(dirname "$0")"

sources() {
    { find src public -type f ! -path 'src/test/*'; ls index.html package.json package-lock.json .npmrc tsconfig.json vite.config.ts; } |
        LC_ALL=C sort | while IFS= read -r file; do cksum "$file"; done | cksum
}

if ! command -v npm >/dev/null 2>&1; then
    echo "jerboa: the web page is not built, since 'npm' was not found on the PATH (Node 20.19 or newer is needed). The server will have no page."
    exit 0
fi
if ! node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)'; then
    echo "jerboa: the web page is not built, since Node is $(node --version 2>/dev/null || echo missing) (20.19 or newer is needed). The server will have no page."
    exit 0
fi
mark=target/page.sources
now=$(sources)
if [ -f dist/index.html ] && [ "$(cat "$mark" 2>/dev/null)" = "$now" ]; then
    echo "jerboa: the web page is up to date"
    exit 0
fi
lock=target/npm.lock
if [ ! -d node_modules ] || ! cmp -s package-lock.json "$lock"; then
    if ! npm ci --ignore-scripts --no-audit --no-fund --loglevel=error; then
        rm -rf node_modules
        echo "jerboa: the web page is not built, since npm could not fetch what it is built with (is there a network?). The server will have no page."
        exit 0
    fi
    mkdir -p target
    cp package-lock.json "$lock"
fi
npm run --silent build
rm -rf target/classes/dev/jerboa/web # the old page's files have other names
mkdir -p target
printf '%s' "$now" > "$mark"
