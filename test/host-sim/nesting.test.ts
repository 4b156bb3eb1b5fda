/** How much may a filter decide in one callback? Replies lie one within the other on the stack; too many fail the VM for good. */
import { describe, expect, onTestFinished, test } from "vitest";
import { compileToFile } from "../support/assembly-script.ts";
import { request } from "../support/client.ts";
import { installedEnvoy } from "../support/envoy/binary.ts";
import { envoyEngine } from "../support/envoy/engine.ts";
import type { Engine, FilterOptions, RunningGateway } from "../support/gateway-options.ts";
import { hostSimEngine } from "../support/host-sim/engine.ts";
import { Upstream } from "../support/upstream.ts";

const envoy = installedEnvoy();
const engines: readonly Engine[] = [
  ...(envoy === undefined ? [] : [envoyEngine(envoy)]),
  hostSimEngine,
];

async function start(engine: Engine, empty: boolean): Promise<RunningGateway> {
  const upstream = await Upstream.start();
  onTestFinished(() => upstream.stop());
  const filter = async (module: string): Promise<FilterOptions> => ({
    wasm: await compileToFile(`host-sim/modules/${module}`, "bare"),
    name: module,
    rootId: module,
    vmId: module,
    config: "",
    allowOnHeadersStopIteration: true,
  });
  const gateway = await engine.start({
    filters: [await filter("nests"), await filter("probe")],
    upstream: { url: upstream.url, empty },
    clusters: {},
  });
  onTestFinished(() => gateway.stop());
  return gateway;
}

/** So many are decided at once; then one more is asked. */
async function decide(gateway: RunningGateway, count: number, what: string): Promise<string> {
  const headers = [
    ["x-batch", String(count)],
    ["x-do", what],
  ] as const;
  const all = Array.from({ length: count }, () =>
    request(gateway, { headers }).catch((error: unknown) => error),
  );
  await Promise.all(all);
  const next = await request(gateway).then(
    ({ status, text }) => `${status} ${text}`,
    () => "no process",
  );
  const lines = gateway.logs().map(({ text }) => text);
  return lines.some((text) => text.includes("Maximum call stack size")) ? "VM failed" : next;
}

const fine = "200 hello from the API";
const noHost = "503 no healthy upstream";
const failed = "VM failed";

describe.each(engines)("on $name, in one callback", (engine) => {
  test.each([
    [200, "reply", false, fine],
    [325, "reply", false, failed],
    [400, "continue", false, fine],
    [200, "continue", true, noHost],
    [295, "continue", true, failed],
  ] as const)(
    "%i times %s, to a cluster without hosts: %j",
    async (count, what, empty, expected) => {
      const gateway = await start(engine, empty);
      const got = await decide(gateway, count, what);
      // Some work too many kills Envoy itself: no process is as good a sign as a VM that failed.
      expect(engine.name === "envoy" ? got.replace("no process", failed) : got).toBe(expected);
    },
  );
});
