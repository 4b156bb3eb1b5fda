/** Where are mutants built and tested? In a copy of the repository, so that one can go on working in this one meanwhile. */
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import asc from "assemblyscript/asc";

/** Used as they are; the rest is copied. */
const LINKED = ["node_modules", ".venv", "host-sim/dist"];

/** The path of a new copy of all that git would take. */
export function copyOf(root) {
  const copy = mkdtempSync(join(tmpdir(), "mutants-"));
  const listed = execFileSync("git", ["ls-files", "-z", "-c", "-o", "--exclude-standard"], {
    cwd: root,
  });
  for (const file of String(listed).split("\0")) {
    if (file === "" || !existsSync(join(root, file))) continue;
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(join(root, file), join(copy, file));
  }
  for (const name of LINKED) {
    if (existsSync(join(root, name))) symlinkSync(join(root, name), join(copy, name));
  }
  mkdirSync(join(copy, "build"));
  return copy;
}

/** Compiles the policy in `copy`, in this process: the compiler is warm from the second time on. False: it does not compile. */
export async function compile(copy) {
  const quiet = { write: () => undefined };
  const arguments_ = ["--baseDir", copy, "--target", "debug"];
  const { error } = await asc.main(
    [...arguments_, "--outFile", join(copy, "build/wallarm-policy.wasm")],
    { stderr: quiet, stdout: quiet },
  );
  return error === null;
}

export const sourceIn = (copy, file) => readFileSync(join(copy, file), "utf8");
