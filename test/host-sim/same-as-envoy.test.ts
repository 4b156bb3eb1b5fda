/** Does a filter see and do the same on the simulator as on real Envoy? Each case runs on both; their logs must be equal. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compileToFile } from "../support/assembly-script.ts";
import { request } from "../support/client.ts";
import { eventually } from "../support/deadline.ts";
import { installedEnvoy } from "../support/envoy/binary.ts";
import { envoyEngine } from "../support/envoy/engine.ts";
import type { Engine, RunningGateway } from "../support/gateway-options.ts";
import { hostSimEngine } from "../support/host-sim/engine.ts";
import { Upstream } from "../support/upstream.ts";
import { cases } from "./support/probe-cases/index.ts";
import type { ProbeCase } from "./support/probe-cases/probe-case.ts";
import { observed, type Observation } from "./support/observation.ts";

const envoy = installedEnvoy();
const reason = envoy === undefined ? ` [left out: ${process.env.ENVOY_MISSING ?? "no Envoy"}]` : "";

class Play {
  readonly gateways = new Map<string, RunningGateway>();
  upstream!: Upstream;
  node!: Upstream;
  private runs = 0;

  async begin(): Promise<void> {
    const wasm = await compileToFile("host-sim/modules/probe", "bare");
    [this.upstream, this.node] = await Promise.all([Upstream.start(), Upstream.start()]);
    for (const holding of [true, false]) {
      for (const engine of [envoyEngine(envoy!), hostSimEngine]) {
        this.gateways.set(key(engine.name, holding), await this.start(engine, wasm, holding));
      }
    }
  }

  private start(engine: Engine, wasm: string, holding: boolean): Promise<RunningGateway> {
    const filter = { wasm, name: "probe", rootId: "root", vmId: "vm", config: "" };
    return engine.start({
      filters: [{ ...filter, allowOnHeadersStopIteration: holding }],
      upstream: { url: this.upstream.url },
      clusters: {
        node: { url: this.node.url },
        refusing: { url: "http://127.0.0.1:1" },
        empty: { url: "http://127.0.0.1:1", empty: true },
      },
      bufferLimit: 65_536,
    });
  }

  async run(engine: Engine["name"], each: ProbeCase): Promise<Observation> {
    const gateway = this.gateways.get(key(engine, each.holding ?? true))!;
    for (const server of [this.upstream, this.node]) server.reset();
    if (each.upstream) this.upstream.answerWith(each.upstream);
    if (each.node) this.node.answerWith(each.node);
    const from = gateway.logs().length;
    const headers = [
      ["x-script", each.script.join("|").replaceAll("{n}", `-${++this.runs}`)],
      ...(each.request?.headers ?? []),
    ] as const;
    const answer = await request(gateway, { ...each.request, headers, deadlineMs: 30_000 }).catch(
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    const count = (): number | undefined => {
      const lines = gateway.logs().slice(from);
      return lines.some(({ text }) => /: delete$|^delete$/.test(text)) ? lines.length : undefined;
    };
    await eventually("the stream is over", count);
    return observed(gateway.logs().slice(from), answer, this.upstream.requests);
  }

  async end(): Promise<void> {
    for (const gateway of this.gateways.values()) await gateway.stop();
    await Promise.all([this.upstream.stop(), this.node.stop()]);
  }
}

const key = (engine: string, holding: boolean): string => `${engine} ${String(holding)}`;

describe.skipIf(envoy === undefined)(`the simulator and Envoy agree${reason}`, () => {
  const play = new Play();
  beforeAll(() => play.begin());
  afterAll(() => play.end());

  test.each(cases)("$title", async (each) => {
    const real = await play.run("envoy", each);
    const simulated = await play.run("host-sim", each);
    expect(simulated).toEqual(real);
  });
});
