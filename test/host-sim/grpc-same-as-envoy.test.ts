/** Does a filter's gRPC go the same way on the simulator as on real Envoy? Each case runs on both; the logs must be equal. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compileToFile } from "../support/assembly-script.ts";
import { request } from "../support/client.ts";
import { eventually } from "../support/deadline.ts";
import { installedEnvoy } from "../support/envoy/binary.ts";
import { envoyEngine } from "../support/envoy/engine.ts";
import type { Engine, RunningGateway } from "../support/gateway-options.ts";
import { hostSimEngine } from "../support/host-sim/engine.ts";
import { Upstream } from "../support/upstream.ts";
import { cases, type GrpcCase } from "./support/grpc-cases.ts";
import { GrpcService } from "./support/grpc-service.ts";
import { OddGrpcService, ResettingService } from "./support/odd-grpc-service.ts";

const envoy = installedEnvoy();
const reason = envoy === undefined ? ` [left out: ${process.env.ENVOY_MISSING ?? "no Envoy"}]` : "";

class Play {
  private readonly gateways = new Map<string, RunningGateway>();
  private upstream!: Upstream;
  private grpc!: GrpcService;
  private odd!: OddGrpcService;
  private resetting!: ResettingService;

  async begin(): Promise<void> {
    const wasm = await compileToFile("host-sim/modules/grpc-probe", "release");
    this.upstream = await Upstream.start();
    this.grpc = await GrpcService.start();
    this.odd = await OddGrpcService.start();
    this.resetting = await ResettingService.start();
    for (const engine of [envoyEngine(envoy!), hostSimEngine]) {
      this.gateways.set(engine.name, await this.start(engine, wasm));
    }
  }

  private start(engine: Engine, wasm: string): Promise<RunningGateway> {
    return engine.start({
      filters: [{ wasm, name: "probe", rootId: "root", vmId: "vm", config: "" }],
      upstream: { url: this.upstream.url },
      clusters: {
        grpc: { url: this.grpc.url, http2: true },
        resetting: { url: this.resetting.url, http2: true },
        odd: { url: this.odd.url, http2: true },
        web: { url: this.upstream.url, http2: true },
        refusing: { url: "http://127.0.0.1:1", http2: true },
        empty: { url: "http://127.0.0.1:1", http2: true, empty: true },
      },
    });
  }

  async run(engine: Engine["name"], { script }: GrpcCase): Promise<readonly string[]> {
    const gateway = this.gateways.get(engine)!;
    const from = gateway.logs().length;
    const lines = (): string[] =>
      gateway
        .logs()
        .slice(from)
        .map(({ text }) => text.replace(/^wasm log[^:]*: /, ""));
    const headers = [["x-script", script.join("|")]] as const;
    const answer = await request(gateway, { headers, deadlineMs: 30_000 })
      .then(({ status }) => `answer ${status}`)
      .catch(() => "no answer");
    await eventually("the stream is over", () => lines().includes("delete") || undefined);
    return [...lines().map(steady), answer];
  }

  async end(): Promise<void> {
    for (const gateway of this.gateways.values()) await gateway.stop();
    await this.upstream.stop();
    this.grpc.stop();
    this.odd.stop();
    this.resetting.stop();
  }
}

function steady(text: string): string {
  return text
    .replaceAll(/127\.0\.0\.1:\d+/g, "HOST")
    .replaceAll(/[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} [\d:]{8} GMT/g, "DATE")
    .replaceAll(/(x-envoy-upstream-service-time=)\d+/g, "$1N");
}

describe.skipIf(envoy === undefined)(`gRPC is the same as in Envoy${reason}`, () => {
  const play = new Play();
  beforeAll(() => play.begin());
  afterAll(() => play.end());

  test.each(cases)("$title", async (each) => {
    const real = await play.run("envoy", each);
    const simulated = await play.run("host-sim", each);
    expect(simulated).toEqual(real);
    expect(real.at(-1)).toBe("answer 200");
  });
});
