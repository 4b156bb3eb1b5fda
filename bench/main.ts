/** `make bench`, `make bench-quick`: what does the policy cost a gateway, beside what people would use instead? */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { envoyVersion, findEnvoy } from "../test/support/envoy/binary.ts";
import { findWrk } from "./load/find-wrk.ts";
import { writeScript } from "./load/wrk.ts";
import { Peer } from "./peers/peer.ts";
import { FULL, QUICK } from "./plan.ts";
import { figures } from "./report/figures.ts";
import { writeReport } from "./report/write.ts";
import { runPlan } from "./run.ts";
import type { Measured } from "./run.ts";
import { countWork } from "./work/count.ts";
import { WORKLOADS } from "./workloads.ts";

const ROOT = resolve(import.meta.dirname, "..");
const BUILD = join(ROOT, "build");
const say = (line: string): void => console.error(line);

/** `--quick`; any other argument is the name of a variant: then only those run, and no file is written. */
const args = process.argv.slice(2);
const plan = args.includes("--quick") ? QUICK : FULL;
const only = args.filter((argument) => argument !== "--quick");

async function measure(scripts: string): Promise<{ measured: Measured[]; tools: string }> {
  const envoy = await findEnvoy(say);
  const wrk = await findWrk(ROOT, say);
  const bundles = join(BUILD, "bench");
  const upstream = await Peer.start(bundles, "upstream");
  const node = await Peer.start(bundles, "node");
  try {
    const measured = await runPlan(
      {
        envoy,
        wrk,
        upstream,
        node,
        modules: {
          policy: join(BUILD, "wallarm-policy.wasm"),
          noop: join(bundles, "noop.wasm"),
        },
        scripts: new Map(WORKLOADS.map((one) => [one, writeScript(scripts, one)])),
        say,
      },
      plan,
      only,
    );
    return { measured, tools: `Envoy ${envoyVersion(envoy)}, ${wrk.version}` };
  } finally {
    upstream.stop();
    node.stop();
  }
}

const scripts = mkdtempSync(join(tmpdir(), "bench-"));
try {
  const work = countWork(readFileSync(join(BUILD, "bench/policy.named.wasm")));
  const { measured, tools } = await measure(scripts);
  const text = writeReport(
    figures(measured),
    plan,
    tools,
    work,
    only.length === 0 ? ROOT : undefined,
  );
  console.log(text);
} catch (error) {
  say(`bench: ${(error as Error).message}`);
  process.exitCode = 1;
} finally {
  rmSync(scripts, { recursive: true, force: true });
}
