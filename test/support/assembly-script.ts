/** How does an AssemblyScript source of a test become wasm? By AssemblyScript's own API, once for all test files of a run. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import asc from "assemblyscript/asc";

const ROOT = resolve(import.meta.dirname, "../..");
const CACHE = join(ROOT, "build/test");

/**
 * On the project's SDK: `debug`, `release`; `limited`, whose memory ends at 8 MiB; `minimal`, whose runtime never collects by itself, with
 * its assertions. `bare`: against the bare ABI, without the SDK; the source has an `abort` of its own.
 */
export type Flavour = "debug" | "release" | "limited" | "minimal" | "bare";

const FLAGS: Readonly<Record<Flavour, readonly string[]>> = {
  debug: ["--exportRuntime", "--debug", "--runtime", "incremental"],
  release: ["--exportRuntime", "-O3", "--noAssert", "--runtime", "incremental"],
  limited: ["--exportRuntime", "--debug", "--runtime", "incremental", "--maximumMemory", "128"],
  minimal: ["--exportRuntime", "--debug", "--runtime", "minimal"],
  bare: ["-O", "--runtime", "minimal"],
};

/** Wasm of `test/<source>.as.ts`. */
export async function compileModule(source: string, flavour: Flavour): Promise<Uint8Array> {
  return readFileSync(await compileToFile(source, flavour));
}

/** Path of that wasm; compiled again when any source of it may have changed. */
export async function compileToFile(source: string, flavour: Flavour): Promise<string> {
  const file = join(CACHE, `${source.replaceAll("/", "-")}-${flavour}-${hashOf(source)}.wasm`);
  if (existsSync(file)) return file;
  mkdirSync(CACHE, { recursive: true });
  const module = `test/${source}.as`;
  const abort =
    flavour === "bare" ? `${module}/abort` : "~lib/as-proxy-wasm/assembly/abi/abort/abort";
  await compileTo(file, [
    ...[join(ROOT, `${module}.ts`), "--config", "none", "--baseDir", ROOT],
    ...["--use", `abort=${abort}`, ...FLAGS[flavour]],
  ]);
  return file;
}

/** Path of the wasm of `examples/<name>`, made as its README does, in a file that nobody else writes. */
export async function compileExample(name: string): Promise<string> {
  mkdirSync(CACHE, { recursive: true });
  const file = join(CACHE, `${name}-example.wasm`);
  await compileTo(file, ["--baseDir", join(ROOT, "examples", name), "--target", "release"]);
  return file;
}

/** Runs the compiler in this process; throws what it complains about. */
export async function runAsc(args: readonly string[]): Promise<void> {
  const complaints: string[] = [];
  const stderr = { write: (text: string | Uint8Array) => void complaints.push(String(text)) };
  const { error } = await asc.main([...args], { stderr });
  if (error) throw new Error(`asc ${args.join(" ")}:\n${complaints.join("")}`);
}

async function compileTo(file: string, args: readonly string[]): Promise<void> {
  // Under a name of its own first: another test file may be compiling the same module.
  const unfinished = `${file}.${process.pid}`;
  await runAsc([...args, "--outFile", unfinished]);
  renameSync(unfinished, file);
}

function hashOf(source: string): string {
  const hash = createHash("sha256");
  const folder = join(ROOT, "test", dirname(source));
  for (const directory of [join(ROOT, "as-proxy-wasm"), join(ROOT, "assembly"), folder]) {
    for (const file of readdirSync(directory, { recursive: true, encoding: "utf8" }).sort()) {
      if (file.endsWith(".ts")) hash.update(file).update(readFileSync(join(directory, file)));
    }
  }
  return hash.digest("hex").slice(0, 16);
}
