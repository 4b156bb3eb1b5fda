/**
 * How does the publishing tool become something that Node 20 runs without node_modules? esbuild bundles anypoint/src/main.ts into
 * build/anypoint.mjs, with the same bytes on every machine: no absolute path gets in. What went into it is in anypoint.meta.json.
 */
import { mkdir, rename, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { build } from "esbuild";
import { NODE_BUNDLE } from "./node-bundle.mjs";

const root = resolve(import.meta.dirname, "..");

const { outputFiles, metafile } = await build({
  absWorkingDir: root,
  entryPoints: ["anypoint/src/main.ts"],
  outfile: "build/anypoint.mjs",
  ...NODE_BUNDLE,
  minifySyntax: true,
  legalComments: "inline",
  write: false,
  metafile: true,
  banner: {
    js: 'import { createRequire as anypointRequire } from "node:module"; const require = anypointRequire(import.meta.url);',
  },
});

// Renamed into place: whoever starts it meanwhile gets the old one or the new one, never half of it.
const list = { path: join(root, "build/anypoint.meta.json"), contents: JSON.stringify(metafile) };
for (const { path, contents } of [list, ...outputFiles]) {
  await mkdir(dirname(path), { recursive: true });
  const half = join(dirname(path), `.${process.pid}.${basename(path)}`);
  await writeFile(half, contents);
  await rename(half, path);
}
