/** Who made this? A signature that OpenSSH makes and verifies (`ssh-keygen -Y`), with a key that lies outside of the repository. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "../..");
/** A signature for something else is none for a bundle. */
const NAMESPACE = "wallarm-policy-bundle";

/** SIGN_KEY; undefined where nobody wants a signature. Empty would be a bundle without one that was to have one. */
export function signingKey(env) {
  const key = env.SIGN_KEY;
  if (key === undefined) return undefined;
  if (key.trim() === "") fail("is empty: give it a private key, or leave it out");
  if (resolve(key).startsWith(`${ROOT}/`)) {
    fail(`${key} lies in the repository, where no private key belongs`);
  }
  if (!statSync(key, { throwIfNoEntry: false })?.isFile()) fail(`${key} is no file`);
  const isPublic = /^(?:ssh|ecdsa|sk)-\S+ /.test(readFileSync(key, "utf8"));
  if (isPublic) fail(`${key} is a public key; allowed: the private one that belongs to it`);
  return key;
}

/** Type and key, without the comment, which may name a person or a machine. */
export function publicKeyOf(key) {
  const text = keygen(key, ["-y", "-f", key]);
  return Buffer.from(`${text.trim().split(/\s+/).slice(0, 2).join(" ")}\n`);
}

export function sign(key, bytes) {
  const folder = mkdtempSync(join(tmpdir(), "sign-"));
  try {
    const file = join(folder, "bytes");
    writeFileSync(file, bytes);
    keygen(key, ["-Y", "sign", "-f", key, "-n", NAMESPACE, file]);
    return readFileSync(`${file}.sig`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** It asks for a passphrase on the terminal, if there is one. */
function keygen(key, args) {
  try {
    return execFileSync("ssh-keygen", args, { encoding: "utf8", stdio: "pipe" });
  } catch (error) {
    if (error.code === "ENOENT") fail("ssh-keygen is not there: it comes with OpenSSH");
    const reason = error.stderr.trim().split("\n").at(-1).trim();
    return fail(
      `${key} can't be used (${reason}); allowed: a private key of ssh-keygen, readable by you alone, and without a passphrase ` +
        "where no terminal can ask for it",
    );
  }
}

function fail(line) {
  console.error(`error: SIGN_KEY: ${line}`);
  process.exit(2);
}
