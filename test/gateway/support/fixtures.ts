/** Small filters in AssemblyScript, written against the bare ABI: compiled once a run, without the project's own SDK. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { main } from "assemblyscript/asc";
import { afterAll } from "vitest";

const SOURCES = resolve(import.meta.dirname, "../fixtures");
const compiled = new Map<string, Promise<string>>();
let folder: string | undefined;

afterAll(() => {
  if (folder !== undefined) rmSync(folder, { recursive: true });
});

/** Path of the module made from `fixtures/NAME.as.ts`. */
export function compileFixture(name: string): Promise<string> {
  let path = compiled.get(name);
  if (path === undefined) compiled.set(name, (path = compile(name)));
  return path;
}

async function compile(name: string): Promise<string> {
  folder ??= mkdtempSync(join(tmpdir(), "host-sim-fixtures-"));
  const outFile = join(folder, `${name}.wasm`);
  const source = join(SOURCES, `${name}.as.ts`);
  const abort = `abort=${name}.as/abort`;
  const args = [
    source,
    "--outFile",
    outFile,
    "--runtime",
    "stub",
    "-O",
    "--use",
    abort,
    "--baseDir",
    SOURCES,
  ];
  const { error } = await main(args);
  if (error !== null) throw new Error(`${name}.as.ts does not compile: ${error.message}`);
  return outFile;
}
