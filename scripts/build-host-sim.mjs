/**
 * How does the simulator become something that Node 20 runs? esbuild bundles src/cli/main.ts into host-sim/dist/cli.js; the
 * files of the mock node's page go beside it, where the bundle looks for them.
 */
import { cp, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("../host-sim/", import.meta.url));

await rm(`${root}dist`, { recursive: true, force: true });
await build({
  entryPoints: [`${root}src/cli/main.ts`],
  outfile: `${root}dist/cli.js`,
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  sourcemap: "linked",
  logLevel: "warning",
  // Some dependencies are CommonJS and ask for `require` at run time.
  banner: {
    js: 'import { createRequire as hostSimRequire } from "node:module"; const require = hostSimRequire(import.meta.url);',
  },
});
await cp(`${root}src/mock-node/page`, `${root}dist/page`, { recursive: true });
