/** How do the fuzzers become something that Node 20 runs? esbuild bundles them into build/fuzz*.mjs. */
import { resolve } from "node:path";
import { build } from "esbuild";

const root = resolve(import.meta.dirname, "..");

await build({
  entryPoints: {
    fuzz: resolve(root, "test/fuzz/run/main.ts"),
    "fuzz-worker": resolve(root, "test/fuzz/run/worker.ts"),
    "fuzz-planted": resolve(root, "test/fuzz/planted/main.ts"),
  },
  outdir: resolve(root, "build"),
  outExtension: { ".js": ".mjs" },
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  logLevel: "warning",
  packages: "external",
});
