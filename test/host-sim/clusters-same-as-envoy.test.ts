/** What does a filter see of a cluster that is full, or that has several hosts? The same on both engines. */
import { describe, expect, onTestFinished, test } from "vitest";
import { compileToFile } from "../support/assembly-script.ts";
import { request } from "../support/client.ts";
import { eventually } from "../support/deadline.ts";
import { installedEnvoy } from "../support/envoy/binary.ts";
import { envoyEngine } from "../support/envoy/engine.ts";
import type { ClusterOptions, Engine, RunningGateway } from "../support/gateway-options.ts";
import { hostSimEngine } from "../support/host-sim/engine.ts";
import { Upstream } from "../support/upstream.ts";

const envoy = installedEnvoy();
const engines: readonly Engine[] = [
  ...(envoy === undefined ? [] : [envoyEngine(envoy)]),
  hostSimEngine,
];

const call = "call node :method=GET,:path=/n,:authority=n - 3000";

async function server(): Promise<Upstream> {
  const upstream = await Upstream.start();
  onTestFinished(() => upstream.stop());
  return upstream;
}

async function start(
  engine: Engine,
  script: readonly string[],
  node: ClusterOptions,
): Promise<RunningGateway> {
  const wasm = await compileToFile("host-sim/modules/probe", "bare");
  const filter = { wasm, name: "probe", rootId: "root", vmId: "vm", config: script.join("\n") };
  const gateway = await engine.start({
    filters: [{ ...filter, allowOnHeadersStopIteration: true }],
    upstream: { url: (await server()).url },
    clusters: { node },
  });
  onTestFinished(() => gateway.stop());
  return gateway;
}

const said = (gateway: RunningGateway): string[] =>
  gateway.logs().map(({ text }) => text.replace(/^wasm log[^:]*: /, ""));

describe.each(engines)("on $name", (engine) => {
  test("a call to a full cluster is refused at once with 10, and no callback comes", async () => {
    const node = await server();
    const script = [
      `request_headers: ${call}; ${call}; return 1`,
      "call_response: effective; continue 0",
    ];
    const gateway = await start(engine, script, { url: node.url, maxRequests: 1 });
    await request(gateway);
    const lines = await eventually("the stream has ended", () =>
      said(gateway).includes("delete") ? said(gateway) : undefined,
    );
    const statuses = lines.filter((line) => line.startsWith("call node"));
    expect(statuses.map((line) => line.replace(/.* = (\d+) .*/, "$1"))).toEqual(["0", "10"]);
    expect(lines.filter((line) => line.startsWith("call_response"))).toHaveLength(1);
    expect(node.requests).toHaveLength(1);
  });

  test("the hosts of a cluster take turns, the one that refuses as well", async () => {
    const [first, second] = [await server(), await server()];
    const script = [
      `request_headers: ${call}; return 1`,
      "call_response: get 6 :status; effective; continue 0",
    ];
    const furtherUrls = [second.url, "http://127.0.0.1:1"];
    const gateway = await start(engine, script, { url: first.url, furtherUrls });
    for (let i = 0; i < 6; i++) await request(gateway);
    const statuses = await eventually("six answers", () => {
      const lines = said(gateway).filter((line) => line.startsWith("get 6 :status"));
      return lines.length === 6 ? lines.sort() : undefined;
    });
    const answers = (status: string, times: number): string[] =>
      Array.from({ length: times }, () => `get 6 :status = 0 '${status}'`);
    expect(statuses).toEqual([...answers("200", 4), ...answers("503", 2)]);
    expect([first.requests.length, second.requests.length]).toEqual([2, 2]);
  });
});
