/** How does the benchmark become something that Node 20 runs? esbuild bundles its processes, asc compiles the filter that does nothing. */
import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { build } from "esbuild";
import { ownDirectories } from "./own-directories.mjs";

const root = resolve(import.meta.dirname, "..");
const outdir = resolve(root, "build/bench");

await build({
  entryPoints: {
    main: resolve(root, "bench/main.ts"),
    upstream: resolve(root, "bench/peers/upstream.ts"),
    node: resolve(root, "bench/peers/node.ts"),
  },
  outdir,
  outExtension: { ".js": ".mjs" },
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  logLevel: "warning",
  plugins: [ownDirectories(outdir)],
});

const asc = resolve(root, "node_modules/assemblyscript/bin/asc.js");
const noop = [
  ...[asc, "bench/noop.as.ts", "--config", "none", "--baseDir", root],
  ...["--use", "abort=~lib/as-proxy-wasm/assembly/abi/abort/abort"],
  ...["-O3", "--noAssert", "--runtime", "minimal"],
  ...["--outFile", resolve(outdir, "noop.wasm")],
];
process.exitCode = spawnSync(process.execPath, noop, { cwd: root, stdio: "inherit" }).status ?? 1;
