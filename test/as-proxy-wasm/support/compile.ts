/** How does an AssemblyScript source of a test become wasm? By AssemblyScript's own API, once for all test files of a run. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync } from "node:fs";
import { join, resolve } from "node:path";
import asc from "assemblyscript/asc";

const ROOT = resolve(import.meta.dirname, "../../..");
const CACHE = join(ROOT, "build/test");
const MODULES = join(import.meta.dirname, "../modules");
const ABORT = "abort=~lib/as-proxy-wasm/assembly/abi/abort/abort";

/** `limited`: memory ends at 8 MiB. `minimal`: the runtime that never collects by itself, with its assertions. */
export type Flavour = "debug" | "release" | "limited" | "minimal";

const FLAGS: Readonly<Record<Flavour, readonly string[]>> = {
  debug: ["--debug", "--runtime", "incremental"],
  release: ["-O3", "--noAssert", "--runtime", "incremental"],
  limited: ["--debug", "--runtime", "incremental", "--maximumMemory", "128"],
  minimal: ["--debug", "--runtime", "minimal"],
};

/** Wasm of `<folder>/<name>.as.ts`; compiled again when any source of it may have changed. */
export async function compileModule(
  name: string,
  flavour: Flavour,
  folder = MODULES,
): Promise<Uint8Array> {
  const file = join(CACHE, `${name}-${flavour}-${hashOfSources(folder)}.wasm`);
  if (!existsSync(file)) await compile(join(folder, `${name}.as.ts`), file, flavour);
  return readFileSync(file);
}

async function compile(source: string, file: string, flavour: Flavour): Promise<void> {
  mkdirSync(CACHE, { recursive: true });
  // Under a name of its own first: another test file may be compiling the same module.
  const unfinished = `${file}.${process.pid}`;
  await runAsc([
    ...[source, "--config", "none", "--baseDir", ROOT],
    ...["--exportRuntime", "--use", ABORT, "--outFile", unfinished, ...FLAGS[flavour]],
  ]);
  renameSync(unfinished, file);
}

/** Runs the compiler in this process; throws what it complains about. */
export async function runAsc(args: readonly string[]): Promise<void> {
  const complaints: string[] = [];
  const stderr = { write: (text: string | Uint8Array) => void complaints.push(String(text)) };
  const { error } = await asc.main([...args], { stderr });
  if (error) throw new Error(`asc ${args.join(" ")}:\n${complaints.join("")}`);
}

function hashOfSources(folder: string): string {
  const hash = createHash("sha256");
  for (const directory of [join(ROOT, "as-proxy-wasm"), join(ROOT, "assembly"), folder]) {
    for (const file of readdirSync(directory, { recursive: true, encoding: "utf8" }).sort()) {
      if (file.endsWith(".ts")) hash.update(file).update(readFileSync(join(directory, file)));
    }
  }
  return hash.digest("hex").slice(0, 16);
}
