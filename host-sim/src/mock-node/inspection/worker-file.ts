/**
 * Which file do worker threads run? Beside the bundle it is there; where the sources run as they are, which threads of Node 20
 * can't, esbuild makes it when it is first needed.
 */
import { createHash, randomUUID } from "node:crypto";
import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Its name beside the bundle (scripts/build-host-sim.mjs). */
const BUILT = "inspection-worker.js";

export async function workerFile(): Promise<string> {
  const built = fileURLToPath(new URL(`./${BUILT}`, import.meta.url));
  return existsSync(built) ? built : await makeFromSource();
}

/** By its content: processes that need it at the same time, or after a change, don't disturb each other. */
async function makeFromSource(): Promise<string> {
  const tool = "esbuild"; // not a literal in the import: it is no part of the bundle
  const { build } = (await import(tool)) as typeof import("esbuild");
  const made = await build({
    entryPoints: [fileURLToPath(new URL("./worker.ts", import.meta.url))],
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    write: false,
  });
  const { contents } = made.outputFiles[0]!;
  const folder = fileURLToPath(new URL("../../../../.cache/inspection-worker/", import.meta.url));
  const file = `${folder}${createHash("sha256").update(contents).digest("hex").slice(0, 32)}.mjs`;
  if (existsSync(file)) return file;
  mkdirSync(folder, { recursive: true });
  const half = `${folder}.${randomUUID()}`;
  writeFileSync(half, contents);
  renameSync(half, file);
  return file;
}
