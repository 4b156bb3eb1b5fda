/** How does the benchmark become something that Node 20 runs? esbuild bundles its processes, asc compiles the filter that does nothing. */
import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { build } from "esbuild";
import { NODE_BUNDLE } from "./node-bundle.mjs";
import { ownDirectories } from "./own-directories.mjs";

const root = resolve(import.meta.dirname, "..");
const outdir = resolve(root, "build/bench");

await build({
  entryPoints: {
    main: resolve(root, "bench/main.ts"),
    upstream: resolve(root, "bench/peers/upstream.ts"),
    node: resolve(root, "bench/peers/node.ts"),
    work: resolve(root, "bench/work/main.ts"),
  },
  outdir,
  outExtension: { ".js": ".mjs" },
  ...NODE_BUNDLE,
  plugins: [ownDirectories(outdir)],
});

/** Runs the compiler; one that fails ends this too. */
function asc(...args) {
  const command = [resolve(root, "node_modules/assemblyscript/bin/asc.js"), ...args];
  const { status, stderr } = spawnSync(process.execPath, command, { cwd: root, encoding: "utf8" });
  if (status === 0) return;
  console.error(stderr);
  process.exit(1);
}

asc(
  ...["bench/noop.as.ts", "--config", "none", "--baseDir", root],
  ...["--use", "abort=~lib/as-proxy-wasm/assembly/abi/abort/abort"],
  ...["-O3", "--noAssert", "--runtime", "minimal"],
  ...["--outFile", resolve(outdir, "noop.wasm")],
);
// The release once more, with the names of its functions: its code is the same.
asc("--target", "release", "--debug", "--outFile", resolve(outdir, "policy.named.wasm"));
