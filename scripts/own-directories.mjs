/** In a bundle `import.meta.dirname` is the bundle's; its sources mean their own. An esbuild plugin. */
import { readFile } from "node:fs/promises";
import { dirname, relative } from "node:path";

export const ownDirectories = (outdir) => ({
  name: "own-directories",
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const text = await readFile(path, "utf8");
      const own = JSON.stringify(`/${relative(outdir, dirname(path))}`);
      const contents = text.replaceAll("import.meta.dirname", `(import.meta.dirname + ${own})`);
      return { contents, loader: "ts" };
    });
  },
});
