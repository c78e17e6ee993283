// Compiles the pages' assets and writes them, compressed and named by their content, into src/suksala/portals/static.
// Run by `make assets`; its output is committed, so nobody else needs Node. No address is written anywhere.
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import * as sass from "sass";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "../../src/suksala/portals/static");
const modules = join(here, "node_modules");
const files = {};

/** Write one file under a name that carries the first 12 hex digits of its content, and its compressed twins. */
function emit(name, body, origin) {
  const bytes = Buffer.from(body);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const dot = name.lastIndexOf(".");
  const hashed = `${name.slice(0, dot)}.${sha256.slice(0, 12)}${name.slice(dot)}`;
  const sizes = { bytes: bytes.length };
  writeFileSync(join(out, hashed), bytes);
  if (!/\.(woff2|png)$/.test(name)) {
    const br = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
    const gz = gzipSync(bytes, { level: 9 });
    gz[9] = 255; // the byte that names the operating system: the same file on every machine
    writeFileSync(join(out, `${hashed}.br`), br);
    writeFileSync(join(out, `${hashed}.gz`), gz);
    Object.assign(sizes, { br: br.length, gz: gz.length });
  }
  files[name] = { file: hashed, sha256, ...sizes, from: origin };
  return hashed;
}

function version(pkg) {
  const { version, license } = JSON.parse(readFileSync(join(modules, pkg, "package.json")));
  return { version, license };
}

mkdirSync(out, { recursive: true });
for (const old of readdirSync(out)) rmSync(join(out, old), { recursive: true });
mkdirSync(join(out, "licences"));
for (const [name, pkg] of [["htmx.txt", "htmx.org"], ["noto-sans-thai-looped.txt", "@fontsource/noto-sans-thai-looped"]])
  copyFileSync(join(modules, pkg, "LICENSE"), join(out, "licences", name));

const fontDir = join(modules, "@fontsource/noto-sans-thai-looped/files");
const fonts = {};
for (const subset of ["thai", "latin"])
  for (const weight of [400, 700]) {
    const name = `noto-sans-thai-looped-${subset}-${weight}-normal.woff2`;
    fonts[name] = emit(name, readFileSync(join(fontDir, name)), "@fontsource/noto-sans-thai-looped");
  }

let css = sass.compile(join(here, "suksala.scss"), {
  loadPaths: [join(modules, "nhsuk-frontend/dist")], style: "compressed", quietDeps: true,
}).css;
for (const [name, hashed] of Object.entries(fonts)) css = css.replaceAll(name, hashed);
if (/https?:\/\/(?!www\.w3\.org)/.test(css)) throw new Error("the compiled style names an outside address");
emit("suksala.css", css, "nhsuk-frontend, tools/assets");
emit("htmx.js", readFileSync(join(modules, "htmx.org/dist/htmx.min.js"), "utf8").replace(/\n?\/\/# sourceMappingURL.*/, ""), "htmx.org");
emit("suksala.js", readFileSync(join(here, "suksala.js")), "tools/assets");
emit("favicon.svg", readFileSync(join(here, "mark.svg")), "tools/assets");

const packages = Object.fromEntries(["nhsuk-frontend", "htmx.org", "@fontsource/noto-sans-thai-looped"].map((p) => [p, version(p)]));
const built_with = { sass: version("sass").version };
writeFileSync(join(out, "manifest.json"), JSON.stringify({ packages, built_with, files }, null, 1) + "\n");
console.table(Object.entries(files).map(([name, f]) => ({ name, bytes: f.bytes, br: f.br ?? f.bytes })));
