/** How is the probe filter compiled, and how does a test read what it saw? Compiled once a test process. */
import asc from "assemblyscript/asc";
import { readFileSync } from "node:fs";

const source = new URL("../modules/probe.as.ts", import.meta.url);
let compiled: Promise<Uint8Array> | undefined;

export function probeModule(): Promise<Uint8Array> {
  return (compiled ??= compile());
}

async function compile(): Promise<Uint8Array> {
  const options = ["probe.ts", "--outFile", "probe.wasm", "-O1", "--runtime", "minimal"];
  let binary: Uint8Array | undefined;
  const { error } = await asc.main([...options, "--use", "abort=probe/abort"], {
    readFile: (name) => (name === "probe.ts" ? readFileSync(source, "utf8") : null),
    writeFile: (name, contents) =>
      void (name === "probe.wasm" && (binary = contents as Uint8Array)),
    listFiles: () => [],
  });
  if (error !== null || binary === undefined)
    throw new Error(`probe.as.ts: ${error?.message ?? "no binary"}`);
  return binary;
}
