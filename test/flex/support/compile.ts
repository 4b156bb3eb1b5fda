/** The fixture filters of this folder as modules, without the project's own SDK: compiled once a test file. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { main } from "assemblyscript/asc";
import { afterAll } from "vitest";

const SOURCES = resolve(import.meta.dirname, "../fixtures");
export const WALLARM = resolve(import.meta.dirname, "../../../build/wallarm-policy.wasm");
const folder = mkdtempSync(join(tmpdir(), "host-sim-flex-modules-"));
afterAll(() => rmSync(folder, { recursive: true }));

export async function compileFilter(name: string): Promise<string> {
  const outFile = join(folder, `${name}.wasm`);
  const source = join(SOURCES, `${name}.as.ts`);
  const build = ["--runtime", "minimal", "-O", "--use", `abort=${name}.as/abort`];
  const args = [source, "--outFile", outFile, ...build, "--baseDir", SOURCES];
  const { error } = await main(args);
  if (error !== null) throw new Error(`${name}.as.ts does not compile: ${error.message}`);
  return outFile;
}
