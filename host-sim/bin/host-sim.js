#!/usr/bin/env node
// The `host-sim` command: runs the bundle that `npm run build` (or `make build`) makes of src/cli.
import { existsSync } from "node:fs";

const bundle = new URL("../dist/cli.js", import.meta.url);
if (existsSync(bundle)) {
  await import(bundle.href);
} else {
  console.error("host-sim: not built yet; run `make build` (or `npm run build`) in the repository");
  process.exitCode = 2;
}
