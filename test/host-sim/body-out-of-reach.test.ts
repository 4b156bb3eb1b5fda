/** What becomes of a filter that touches a body where the body is not its own? On Envoy it ends the process; here it must be as loud. */
import { describe, expect, onTestFinished, test } from "vitest";
import { errorCodes } from "../../host-sim/src/index.ts";
import { compileToFile } from "../support/assembly-script.ts";
import { request, type RequestOptions } from "../support/client.ts";
import { installedEnvoy } from "../support/envoy/binary.ts";
import { envoyEngine } from "../support/envoy/engine.ts";
import type { Engine, RunningGateway } from "../support/gateway-options.ts";
import { hostSimEngine } from "../support/host-sim/engine.ts";
import { Upstream } from "../support/upstream.ts";
import { chunked } from "./support/probe-cases/probe-case.ts";
import { probe, said } from "./support/probe-gateway.ts";

const envoy = installedEnvoy();
const engines: readonly Engine[] = [
  ...(envoy === undefined ? [] : [envoyEngine(envoy)]),
  hostSimEngine,
];

const held = (status: number): string[] => [
  "request_headers: return 1",
  `request_body_return: ${status}`,
  "request_body_end: tick 20",
];

const heldAnswer = [
  "response_headers: return 1",
  "response_body_return: 2",
  "response_body_end: tick 20",
];

const fromTick = (command: string): string => `tick: tick 0; effective; ${command}; continue 0`;

const deadly: readonly (readonly [string, readonly string[], RequestOptions])[] = [
  ["reads its size after StopIterationAndWatermark", [...held(2), fromTick("bodysize 0")], chunked],
  ["reads it after StopIterationAndWatermark", [...held(2), fromTick("body 0 0 9")], chunked],
  [
    "writes to it after StopIterationAndWatermark",
    [...held(2), fromTick("setbody 0 0 0 x")],
    chunked,
  ],
  ["reads its size after StopIterationNoBuffer", [...held(3), fromTick("bodysize 0")], chunked],
  ["writes to an answer's", [...heldAnswer, "tick: tick 0; effective; setbody 1 0 0 x"], {}],
];

async function start(
  engine: Engine,
  script: readonly string[],
): Promise<{ gateway: RunningGateway; upstream: Upstream }> {
  const wasm = await compileToFile("host-sim/modules/probe", "bare");
  const upstream = await Upstream.start();
  onTestFinished(() => upstream.stop());
  const filter = { wasm, name: "probe", rootId: "root", vmId: "vm", config: script.join("\n") };
  const gateway = await engine.start({
    filters: [{ ...filter, allowOnHeadersStopIteration: true }],
    upstream: { url: upstream.url },
    clusters: {},
  });
  return { gateway, upstream };
}

describe.each(engines)("on $name", (engine) => {
  test.each(deadly)("a filter that, from a tick, %s, ends it", async (_, script, options) => {
    const { gateway } = await start(engine, script);
    onTestFinished(() => gateway.stop().catch(() => {}));
    await expect(request(gateway, options)).rejects.toThrow("ended by the peer");
    await expect(request(gateway)).rejects.toThrow();
  });

  test("what it writes in the trailers callback after StopIterationAndWatermark is lost", async () => {
    const script = [
      "request_headers: return 1",
      "request_body_return: 2",
      "request_trailers: bodysize 0; setbody 0 9 0 x; setbody 0 0 0 y; bodysize 0; body 0 0 9; return 0",
    ];
    const { gateway, upstream } = await start(engine, script);
    onTestFinished(() => gateway.stop());
    await request(gateway, { method: "POST", body: "abc", trailers: [["t", "1"]] });
    expect(upstream.last?.start.toString()).toBe("abc");
    const lines = gateway.logs().map(({ text }) => text.replace(/^wasm log[^:]*: /, ""));
    expect(lines).toEqual(
      expect.arrayContaining(["bodysize 0 = 0 0 0", "bodysize 0 = 0 2 0", "body 0 0 9 = 0 'yx'"]),
    );
  });
});

describe("in a test of the simulator", () => {
  test("the request, the next one and the end reject with what the filter did", async () => {
    const gateway = await probe([...held(2), fromTick("bodysize 0")]);
    const error = { code: errorCodes.hostCrash, message: /touches the body of a request/ };
    await expect(gateway.fetch("/", { method: "POST", body: "x" })).rejects.toMatchObject({
      code: error.code,
      message: expect.stringMatching(error.message) as unknown,
    });
    await expect(gateway.fetch("/")).rejects.toMatchObject({ code: error.code });
    expect(gateway.contexts.streams).toBe(0);
  });

  test("a crash that no request has met rejects the end", async () => {
    const { createGateway } = await import("../../host-sim/src/index.ts");
    const wasm = await compileToFile("host-sim/modules/probe", "bare");
    const config = [...held(2), fromTick("bodysize 0")].join("\n");
    const gateway = await createGateway({ wasm, config, allowOnHeadersStopIteration: true });
    const { client } = gateway.openStream();
    client.send("x", true);
    await client.untilEver(() => client.wasReset);
    await expect(gateway.close()).rejects.toMatchObject({ code: errorCodes.hostCrash });
  });

  test("a write that is lost is a warning", async () => {
    const gateway = await probe([
      "request_headers: return 1",
      "request_body_return: 2",
      "request_trailers: setbody 0 9 0 x; return 0",
    ]);
    await gateway.fetch("/", { method: "POST", body: "abc", trailers: [["t", "1"]] });
    expect(said(gateway)).toContainEqual(expect.stringContaining("what it writes is lost"));
  });
});
