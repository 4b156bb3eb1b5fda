/** Which version is the policy? That of package.json, its only source: this writes it to assembly/version.ts, if it is another one there. */
import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "..");
const FILE = resolve(ROOT, "assembly/version.ts");

const { version } = JSON.parse(readFileSync(resolve(ROOT, "package.json"), "utf8"));
const text = `// Which version of the policy is this? Made from package.json by scripts/write-version.mjs: change it there.

export const VERSION = "${version}";
`;
if (readFileSync(FILE, "utf8") !== text) writeFileSync(FILE, text);
