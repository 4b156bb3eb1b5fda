/** Who made this? A signature that OpenSSH makes and verifies (`ssh-keygen -Y`), with a key that lies outside of the repository. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "../..");
/** A signature for something else is none for a bundle. */
const NAMESPACE = "wallarm-policy-bundle";

/** Type and key, without the comment, which may name a person or a machine. */
export function publicKeyOf(key) {
  refuseOwn(key);
  const text = execFileSync("ssh-keygen", ["-y", "-f", key], { encoding: "utf8" });
  return Buffer.from(`${text.trim().split(/\s+/).slice(0, 2).join(" ")}\n`);
}

export function sign(key, bytes) {
  const folder = mkdtempSync(join(tmpdir(), "sign-"));
  try {
    const file = join(folder, "bytes");
    writeFileSync(file, bytes);
    execFileSync("ssh-keygen", ["-Y", "sign", "-f", key, "-n", NAMESPACE, file], { stdio: "pipe" });
    return readFileSync(`${file}.sig`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What lies in the repository is committed one day. */
function refuseOwn(key) {
  if (!resolve(key).startsWith(`${ROOT}/`)) return;
  console.error(`error: SIGN_KEY: ${key} lies in the repository, where no private key belongs`);
  process.exit(2);
}
