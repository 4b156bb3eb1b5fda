/** How do the fuzzers become something that Node 20 runs? esbuild bundles them into build/fuzz*.mjs. */
import { resolve } from "node:path";
import { build } from "esbuild";
import { NODE_BUNDLE } from "./node-bundle.mjs";

const root = resolve(import.meta.dirname, "..");

await build({
  entryPoints: {
    fuzz: resolve(root, "test/fuzz/run/main.ts"),
    "fuzz-worker": resolve(root, "test/fuzz/run/worker.ts"),
    "fuzz-planted": resolve(root, "test/fuzz/planted/main.ts"),
  },
  outdir: resolve(root, "build"),
  outExtension: { ".js": ".mjs" },
  ...NODE_BUNDLE,
  packages: "external",
});
