/**
 * Is this bundle as its publisher made it? Checked offline: the signature on SHA256SUMS (`ssh-keygen -Y`), then every file against it, and
 * that there is nothing besides. SIGNER=file: the publisher's public key, as you got it from the publisher; else that of the bundle.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "..");
const SUMS = "SHA256SUMS";
const SIGNATURE = "SHA256SUMS.sig";
const SIGNER = "signer.pub";
const NAMESPACE = "wallarm-policy-bundle";
/** What the commands of the bundle write, by name: data, none of it is run. It is listed, as no publisher vouches for it. */
const WRITTEN = [
  /^Cargo\.toml$/,
  /^build\/exchange\/(definition\/schema\.json|(definition|implementation)\/metadata\.yaml)$/,
  /^build\/kept-settings\/(api-\d+|automated-[\w-]+)-[\w.-]+\.yaml$/,
  /^build\/local-mode\/(definition|implementation)\.yaml$/,
  /^build\/(publish-unfinished|published-versions)\.json$/,
];
const FOLDERS = /^build\/(exchange(\/definition|\/implementation)?|kept-settings|local-mode)$/;

const path = (name) => join(ROOT, name);

function fail(line) {
  console.error(`error: ${line}`);
  process.exit(1);
}

/** Its public key, in one line. */
function readSigner(file) {
  if (file.trim() === "") {
    fail("SIGNER: is empty, which would take any key: give it the publisher's public key");
  }
  if (!existsSync(file)) fail(`${file} is not there: SIGNER names the publisher's public key`);
  const text = readFileSync(file, "utf8").trim();
  if (text.includes("PRIVATE KEY")) {
    fail(`SIGNER: ${file} is a private key; allowed: the publisher's public key, as in key.pub`);
  }
  const [type, key] = text.split(/\s+/);
  if (/^[a-z0-9@.-]+$/.test(type) && key !== undefined) return `${type} ${key}`;
  return fail(`SIGNER: ${file} is no public key of ssh-keygen`);
}

/** The fingerprint of the key that signed. */
function checkSignature(signer) {
  if (!existsSync(path(SIGNATURE))) fail(`${SIGNATURE} is not there: this bundle is not signed`);
  const publicKey = readSigner(signer);
  const folder = mkdtempSync(join(tmpdir(), "verify-"));
  try {
    const allowed = join(folder, "allowed");
    writeFileSync(allowed, `publisher namespaces="${NAMESPACE}" ${publicKey}\n`);
    const options = ["-f", allowed, "-I", "publisher", "-n", NAMESPACE, "-s", path(SIGNATURE)];
    const input = readFileSync(path(SUMS));
    execFileSync("ssh-keygen", ["-Y", "verify", ...options], { input, stdio: "pipe" });
    const print = ["-lf", signer];
    return execFileSync("ssh-keygen", print, { encoding: "utf8", stdio: "pipe" }).split(" ")[1];
  } catch (error) {
    if (error.code === "ENOENT")
      fail("ssh-keygen is not there: it comes with OpenSSH 8.1 or newer");
    return fail(`the signature of ${SUMS} is not that of ${signer}: another key, or another file`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Path → sum. */
function readSums() {
  const lines = readFileSync(path(SUMS), "utf8").trimEnd().split("\n");
  return new Map(lines.map((line) => [line.slice(66), line.slice(0, 64)]));
}

function checkFiles(sums) {
  for (const [name, sum] of sums) {
    if (!existsSync(path(name))) fail(`${name} is missing`);
    const found = createHash("sha256")
      .update(readFileSync(path(name)))
      .digest("hex");
    if (found !== sum) fail(`${name} was changed`);
  }
}

/** What the commands wrote. A link would be another file tomorrow, and what it points to is no part of the bundle. */
function checkRest(sums) {
  const known = new Set([...sums.keys(), SUMS, SIGNATURE]);
  const folders = new Set([...known].flatMap(foldersOf));
  const written = [];
  for (const entry of readdirSync(ROOT, { recursive: true, withFileTypes: true })) {
    const full = join(entry.parentPath, entry.name);
    const name = full.slice(ROOT.length + 1).replaceAll("\\", "/");
    if (!entry.isFile() && !entry.isDirectory()) fail(`${name} is no ordinary file or folder`);
    const isKnown = entry.isFile() ? known.has(name) : folders.has(name) || FOLDERS.test(name);
    if (isKnown) continue;
    if (entry.isDirectory() || !WRITTEN.some((each) => each.test(name))) {
      fail(`${name} is not part of the bundle`);
    }
    written.push(name);
  }
  return written.sort();
}

function foldersOf(name) {
  const folder = dirname(name);
  return folder === "." ? [] : [folder, ...foldersOf(folder)];
}

/** Where it would publish is worth a look. */
function describeWritten(name) {
  if (name !== "Cargo.toml") return `  ${name}`;
  const [, group = "none"] =
    /^\s*group_id\s*=\s*"([^"\n]*)"/m.exec(readFileSync(path(name), "utf8")) ?? [];
  return `  ${name}, business group ${group}`;
}

if (!existsSync(path(SUMS))) fail(`${SUMS} is not there`);
const signer = process.env.SIGNER;
const fingerprint = checkSignature(signer ?? path(SIGNER));
const sums = readSums();
checkFiles(sums);
const written = checkRest(sums);
console.log(`Every file is as it was made: ${sums.size} files, signed by ${fingerprint}.`);
if (written.length > 0) {
  console.log("Besides, from the commands here or from somebody else, and not the publisher's:");
  for (const name of written) console.log(describeWritten(name));
}
if (signer === undefined)
  console.log(
    "Compare that with what the publisher says, or give the publisher's own key: make verify SIGNER=key.pub",
  );
