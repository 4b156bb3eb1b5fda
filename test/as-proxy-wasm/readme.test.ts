/** Does the README name all that is public, and does its filter compile? */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, it } from "vitest";
import { runAsc } from "../support/assembly-script.ts";
import { functionsOf } from "./support/wasm-types.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const SDK = join(ROOT, "as-proxy-wasm");
const README = readFileSync(join(SDK, "README.md"), "utf8");

const publicNames = (door: string): string[] =>
  [...readFileSync(join(SDK, door), "utf8").matchAll(/^export \{([^}]*)\}/gms)]
    .flatMap(([, names]) => names!.split(","))
    .map((name) => name.trim())
    .filter((name) => name !== "");

it.each(["index.ts", "flex.ts", "json.ts"])("names everything that %s exports", (door) => {
  const names = publicNames(door);
  expect(names.length).toBeGreaterThan(2);
  expect(names.filter((name) => !README.includes(`\`${name}\``))).toEqual([]);
});

it("has a filter that compiles with its asconfig.json, to less than 8 KB", async () => {
  const [, source] = /```ts\n(.*?)```/s.exec(README)!;
  const [, config] = /```json\n(.*?)```/s.exec(README)!;
  // Inside of the repository, where node_modules is found.
  mkdirSync(join(ROOT, "build"), { recursive: true });
  const directory = mkdtempSync(join(ROOT, "build/readme-"));
  try {
    writeFileSync(join(directory, "index.ts"), source!);
    writeFileSync(
      join(directory, "asconfig.json"),
      config!.replace("assembly/index.ts", "index.ts"),
    );
    await runAsc([
      ...["--config", join(directory, "asconfig.json"), "--target", "release"],
      ...["--baseDir", directory, "--outFile", join(directory, "filter.wasm")],
    ]);
    const wasm = readFileSync(join(directory, "filter.wasm"));
    expect(wasm.length).toBeLessThan(8000);
    expect(
      [...functionsOf(wasm).imports.keys()].every((name) => name.startsWith("env.proxy_")),
    ).toBe(true);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
