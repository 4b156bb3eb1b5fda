/** How does the policy with a bug in it become wasm? Its sources are copied, one of them is changed, and the compiler runs; done once. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Bug } from "./bugs.ts";

const FOLDER = "build/fuzz/planted";
const SOURCES = ["assembly", "as-proxy-wasm"];
/** Not optimized: the compiler is done in a third of the time. */
const FLAGS = ["--target", "debug", "--noAssert"];

/** The text of the bug's file with the bug in it; throws where the policy has changed so that it has no place any more. */
export function planted({ name, file, from, to }: Bug, root = "."): string {
  const source = readFileSync(join(root, file), "utf8");
  const times = source.split(from).length - 1;
  if (times !== 1)
    throw new Error(
      `${name}: ${JSON.stringify(from)} stands ${times} times in ${file}; allowed: once`,
    );
  return source.replace(from, () => to);
}

/** Path of the wasm, relative to the root of the repository, where this is to be called. */
export function buildVariant(bug: Bug): string {
  const text = planted(bug);
  const file = join(FOLDER, `${bug.name}-${hashOf(text)}.wasm`);
  if (existsSync(file)) return file;
  mkdirSync(FOLDER, { recursive: true });
  const folder = mkdtempSync(join(tmpdir(), "planted-"));
  try {
    for (const source of SOURCES) cpSync(source, join(folder, source), { recursive: true });
    cpSync("asconfig.json", join(folder, "asconfig.json"));
    mkdirSync(join(folder, "node_modules"));
    symlinkSync(join(folder, "as-proxy-wasm"), join(folder, "node_modules/as-proxy-wasm"));
    writeFileSync(join(folder, bug.file), text);
    compile(folder, `${folder}/planted.wasm`);
    cpSync(`${folder}/planted.wasm`, `${file}.${process.pid}`);
    renameSync(`${file}.${process.pid}`, file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return file;
}

function compile(folder: string, outFile: string): void {
  const asc = resolve("node_modules/assemblyscript/bin/asc.js");
  const options = { cwd: folder, encoding: "utf8" } as const;
  const { status, stderr } = spawnSync(
    process.execPath,
    [asc, ...FLAGS, "--outFile", outFile],
    options,
  );
  if (status !== 0) throw new Error(`the variant does not compile:\n${stderr}`);
}

/** Of everything that is compiled. */
function hashOf(text: string): string {
  const hash = createHash("sha256").update(text);
  for (const folder of SOURCES) {
    for (const file of readdirSync(folder, { recursive: true, encoding: "utf8" }).sort()) {
      if (file.endsWith(".ts") && !file.includes("node_modules"))
        hash.update(readFileSync(join(folder, file)));
    }
  }
  return hash.digest("hex").slice(0, 16);
}
