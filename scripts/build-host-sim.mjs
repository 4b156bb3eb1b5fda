/**
 * How does the simulator become something that Node 20 runs? esbuild bundles src/cli/main.ts into host-sim/dist/cli.js (or into
 * the folder given), and the mock node's page into page/ and its .proto files into proto/ beside it, where the bundle looks for them.
 */
import { cp, mkdir, rename, writeFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { NODE_BUNDLE } from "./node-bundle.mjs";

const root = fileURLToPath(new URL("../host-sim/", import.meta.url));
const target = resolve(process.argv[2] ?? join(root, "dist"));

const { outputFiles } = await build({
  entryPoints: [join(root, "src/cli/main.ts")],
  outfile: join(target, "cli.js"),
  ...NODE_BUNDLE,
  sourcemap: "linked",
  write: false,
  // Some dependencies are CommonJS and ask for `require` at run time.
  banner: {
    js: 'import { createRequire as hostSimRequire } from "node:module"; const require = hostSimRequire(import.meta.url);',
  },
});

await mkdir(target, { recursive: true });
// Renamed into place: whoever starts it meanwhile gets the old one or the new one, never half of it.
for (const { path, contents } of outputFiles) {
  const half = join(target, `.${process.pid}.${basename(path)}`);
  await writeFile(half, contents);
  await rename(half, path);
}

// Worker threads: the pool starts the first file, and that one loads the second.
for (const [entry, name] of [
  [fileURLToPath(new URL("entry/worker.js", import.meta.resolve("tinypool"))), "entry/worker.js"],
  [join(root, "src/mock-node/inspection/worker.ts"), "inspection-worker.js"],
]) {
  await build({ entryPoints: [entry], outfile: join(target, name), ...NODE_BUNDLE });
}

const page = join(root, "src/mock-node/page");
await build({
  entryPoints: [join(page, "page.js"), join(page, "page.css")],
  outdir: join(target, "page"),
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
});
await cp(join(page, "index.html"), join(target, "page/index.html"));
const protos = join(root, "src/mock-node/external-processor");
for (const name of ["external-processor.proto", "health.proto"]) {
  await cp(join(protos, name), join(target, "proto", name));
}
await cp(join(root, "src/anypoint/page"), join(target, "anypoint-page"), { recursive: true });
