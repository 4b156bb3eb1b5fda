/**
 * Is this bundle as its publisher made it? Checked offline: the signature on SHA256SUMS (`ssh-keygen -Y`), then every file against it, and
 * that there is none besides. `--signer FILE`: the publisher's public key, as you got it from the publisher; else that of the bundle.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";

const ROOT = resolve(import.meta.dirname, "..");
const SUMS = "SHA256SUMS";
const SIGNATURE = "SHA256SUMS.sig";
const SIGNER = "signer.pub";
const NAMESPACE = "wallarm-policy-bundle";
/** What the commands of the bundle write: data, none of it is run. */
const WRITTEN =
  /^(Cargo\.toml|build\/(exchange|kept-settings|local-mode)\/.*|build\/publish[a-z-]*\.json)$/;

const { values } = parseArgs({ options: { signer: { type: "string" } } });
const path = (name) => join(ROOT, name);

function fail(line) {
  console.error(`error: ${line}`);
  process.exit(1);
}

/** The fingerprint of the key that signed. */
function checkSignature(signer) {
  if (!existsSync(path(SIGNATURE))) fail(`${SIGNATURE} is not there: this bundle is not signed`);
  if (!existsSync(signer)) fail(`${signer} is not there: SIGNER names the publisher's public key`);
  const folder = mkdtempSync(join(tmpdir(), "verify-"));
  try {
    const allowed = join(folder, "allowed");
    const [type, key] = readFileSync(signer, "utf8").trim().split(/\s+/);
    writeFileSync(allowed, `publisher namespaces="${NAMESPACE}" ${type} ${key}\n`);
    const options = ["-f", allowed, "-I", "publisher", "-n", NAMESPACE, "-s", path(SIGNATURE)];
    const input = readFileSync(path(SUMS));
    execFileSync("ssh-keygen", ["-Y", "verify", ...options], { input, stdio: "pipe" });
    return execFileSync("ssh-keygen", ["-lf", signer], { encoding: "utf8" }).split(" ")[1];
  } catch (error) {
    if (error.code === "ENOENT")
      fail("ssh-keygen is not there: it comes with OpenSSH 8.1 or newer");
    return fail(`the signature of ${SUMS} is not that of ${signer}: another key, or another file`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function checkFiles() {
  const lines = readFileSync(path(SUMS), "utf8").trimEnd().split("\n");
  const sums = new Map(lines.map((line) => [line.slice(66), line.slice(0, 64)]));
  for (const [name, sum] of sums) {
    if (!existsSync(path(name))) fail(`${name} is missing`);
    if (
      createHash("sha256")
        .update(readFileSync(path(name)))
        .digest("hex") !== sum
    )
      fail(`${name} was changed`);
  }
  const known = new Set([...sums.keys(), SUMS, SIGNATURE]);
  const entries = readdirSync(ROOT, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    if (entry.isDirectory()) continue;
    const name = join(entry.parentPath, entry.name)
      .slice(ROOT.length + 1)
      .replaceAll("\\", "/");
    if (!known.has(name) && !WRITTEN.test(name)) fail(`${name} is not part of the bundle`);
  }
  return sums.size;
}

if (!existsSync(path(SUMS))) fail(`${SUMS} is not there`);
const signer = values.signer || path(SIGNER);
const fingerprint = checkSignature(signer);
const count = checkFiles();
console.log(`Every file is as it was made: ${count} files, signed by ${fingerprint}.`);
if (!values.signer)
  console.log(
    "Compare that with what the publisher says, or give the publisher's own key: make verify SIGNER=key.pub",
  );
