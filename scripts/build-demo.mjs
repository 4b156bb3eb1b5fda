/** How does the demo become something that Node 20 runs? esbuild bundles it into build/demo.mjs, and that of publishing into build/demo-publish.mjs. */
import { readFile } from "node:fs/promises";
import { dirname, relative, resolve } from "node:path";
import { build } from "esbuild";

const root = resolve(import.meta.dirname, "..");
const outdir = resolve(root, "build");

/** In a bundle `import.meta.dirname` is the bundle's; the sources mean their own. */
const ownDirectories = {
  name: "own-directories",
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const text = await readFile(path, "utf8");
      const own = JSON.stringify(`/${relative(outdir, dirname(path))}`);
      const contents = text.replaceAll("import.meta.dirname", `(import.meta.dirname + ${own})`);
      return { contents, loader: "ts" };
    });
  },
};

await build({
  entryPoints: {
    demo: resolve(root, "demo/main.ts"),
    "demo-publish": resolve(root, "demo/publish/main.ts"),
  },
  outdir,
  outExtension: { ".js": ".mjs" },
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  logLevel: "warning",
  plugins: [ownDirectories],
  banner: {
    js: 'import { createRequire as demoRequire } from "node:module"; const require = demoRequire(import.meta.url);',
  },
});
