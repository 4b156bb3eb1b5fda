/**
 * What does a customer get? build/bundle/wallarm-policy-<version>.tar.gz: the policy, its definition, and all that is needed to
 * publish it with Node.js alone. The same bytes wherever it is made from the same sources.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { publicKeyOf, sign, signingKey } from "./bundle/signature.mjs";
import { gzip, tar } from "./bundle/archive.mjs";
import { sbom } from "./bundle/sbom.mjs";

const ROOT = resolve(import.meta.dirname, "..");
const TARGET = "build/bundle";

/** Path in the bundle → path in the repository. */
const CONTENTS = {
  "CHANGELOG.md": "CHANGELOG.md",
  "Cargo.toml.template": "Cargo.toml.template",
  LICENSE: "LICENSE",
  Makefile: "anypoint/bundle/Makefile",
  "README.md": "anypoint/bundle/README.md",
  "anypoint/nearest-name.mjs": "anypoint/nearest-name.mjs",
  "anypoint/official-cli/keep-reason.cjs": "anypoint/official-cli/keep-reason.cjs",
  "anypoint/official-cli/package-lock.json": "anypoint/official-cli/package-lock.json",
  "anypoint/official-cli/package.json": "anypoint/official-cli/package.json",
  "anypoint/variables.mk": "anypoint/variables.mk",
  "build/anypoint.mjs": "build/anypoint.mjs",
  "build/wallarm-policy.wasm": "build/wallarm-policy.wasm",
  "definition/gcl.yaml": "definition/gcl.yaml",
  "docs/applying.md": "docs/applying.md",
  "docs/configuration.md": "docs/configuration.md",
  "docs/publish.md": "docs/publish.md",
  "scripts/require-node.mjs": "scripts/require-node.mjs",
  "scripts/verify-bundle.mjs": "scripts/verify-bundle.mjs",
};

const read = (path) => readFileSync(join(ROOT, path));
const readJson = (path) => JSON.parse(read(path).toString());
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");
const json = (value) => Buffer.from(`${JSON.stringify(value, null, 2)}\n`);
const sums = (files) =>
  Buffer.from([...files].map(([path, bytes]) => `${sha256(bytes)}  ${path}\n`).join(""));

const key = signingKey(process.env);
/** What the publishing tool reads of it, and no development tools. */
const { name, version, description, license, engines } = readJson("package.json");
const about = { name, version, private: true, description, license, type: "module", engines };

const files = new Map(Object.entries(CONTENTS).map(([path, from]) => [path, read(from)]));
files.set("package.json", json(about));
files.set(
  "sbom.cdx.json",
  Buffer.from(
    sbom({
      about,
      lock: readJson("package-lock.json"),
      officialCli: readJson("anypoint/official-cli/package-lock.json"),
      inputs: readJson("build/anypoint.meta.json").inputs,
      files: ["build/anypoint.mjs", "build/wallarm-policy.wasm"].map((path) => [
        path,
        sha256(files.get(path)),
      ]),
    }),
  ),
);
if (key !== undefined) files.set("signer.pub", publicKeyOf(key));
files.set("SHA256SUMS", sums(files));
if (key !== undefined) files.set("SHA256SUMS.sig", sign(key, files.get("SHA256SUMS")));

const folder = `wallarm-policy-${version}`;
const archive = gzip(tar([...files].map(([path, bytes]) => [`${folder}/${path}`, bytes])));

mkdirSync(join(ROOT, TARGET), { recursive: true });
for (const old of readdirSync(join(ROOT, TARGET)))
  rmSync(join(ROOT, TARGET, old), { recursive: true });
const file = `${folder}.tar.gz`;
writeFileSync(join(ROOT, TARGET, file), archive);
const outerSums = sums(new Map([[file, archive]]));
writeFileSync(join(ROOT, TARGET, "SHA256SUMS"), outerSums);
if (key !== undefined) writeFileSync(join(ROOT, TARGET, "SHA256SUMS.sig"), sign(key, outerSums));
else
  console.log("Not signed: SIGN_KEY=<private key of ssh-keygen> does, and `make verify` wants it.");
writeFileSync(join(ROOT, TARGET, `${folder}.sbom.cdx.json`), files.get("sbom.cdx.json"));
console.log(
  `${TARGET}/${file}: ${files.size} files, ${archive.length} bytes, sha256 ${sha256(archive)}`,
);
