/** How does the demo become something that Node 20 runs? esbuild bundles it into build/demo.mjs, and that of publishing into build/demo-publish.mjs. */
import { resolve } from "node:path";
import { build } from "esbuild";
import { NODE_BUNDLE } from "./node-bundle.mjs";
import { ownDirectories } from "./own-directories.mjs";

const root = resolve(import.meta.dirname, "..");
const outdir = resolve(root, "build");

await build({
  entryPoints: {
    demo: resolve(root, "demo/main.ts"),
    "demo-publish": resolve(root, "demo/publish/main.ts"),
  },
  outdir,
  outExtension: { ".js": ".mjs" },
  ...NODE_BUNDLE,
  plugins: [ownDirectories(outdir)],
  banner: {
    js: 'import { createRequire as demoRequire } from "node:module"; const require = demoRequire(import.meta.url);',
  },
});
