/** Does a module with packed constants begin with the very memory that it would have without? */
import { mkdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { runAsc } from "../support/assembly-script.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const FOLDER = join(ROOT, "build/test");
const PACKED = join(FOLDER, "packed.wasm");
const UNPACKED = join(FOLDER, "unpacked.wasm");

beforeAll(async () => {
  mkdirSync(FOLDER, { recursive: true });
  const flags = [
    "--config",
    "none",
    "--runtime",
    "minimal",
    "-O3",
    "--noAssert",
    "--exportRuntime",
  ];
  const module = join(ROOT, "test/as-proxy-wasm/modules/constants.as.ts");
  const transform = join(ROOT, "as-proxy-wasm/pack-static-data.mjs");
  await runAsc([module, ...flags, "--outFile", UNPACKED]);
  await runAsc([module, ...flags, "--transform", transform, "--outFile", PACKED]);
});

test("memory after the start is the same, byte for byte", () => {
  const [packed, unpacked] = [started(PACKED), started(UNPACKED)];
  expect(packed.memory.buffer.byteLength).toBe(unpacked.memory.buffer.byteLength);
  expect(
    Buffer.compare(Buffer.from(packed.memory.buffer), Buffer.from(unpacked.memory.buffer)),
  ).toBe(0);
});

test("top-level code that uses constants runs after they are there", () => {
  const { sum } = started(PACKED);
  expect(sum.value).toBe(started(UNPACKED).sum.value);
  expect(sum.value).not.toBe(0);
});

interface Started {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly sum: { readonly value: number };
}

function started(file: string): Started {
  const imports = { env: { abort: () => undefined } };
  const module = new WebAssembly.Module(readFileSync(file));
  return new WebAssembly.Instance(module, imports).exports as unknown as Started;
}
