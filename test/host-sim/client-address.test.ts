/** Whose address is `source.address`, and what of a client's own words stays? The same on both engines, for each setting. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compileToFile } from "../support/assembly-script.ts";
import { request } from "../support/client.ts";
import { installedEnvoy } from "../support/envoy/binary.ts";
import { envoyEngine } from "../support/envoy/engine.ts";
import type { Engine, RunningGateway } from "../support/gateway-options.ts";
import { hostSimEngine } from "../support/host-sim/engine.ts";
import { Upstream } from "../support/upstream.ts";
import { probe, said } from "./support/probe-gateway.ts";

const envoy = installedEnvoy();
const reason = envoy === undefined ? ` [left out: ${process.env.ENVOY_MISSING ?? "no Envoy"}]` : "";

const look = [
  "prop source.address",
  "prop source.port",
  "get 0 x-forwarded-for",
  "get 0 x-envoy-external-address",
  "pairs 0",
];
const script = `request_headers: ${look.join("; ")}`;

/** What clients say of where they come from; several values are several headers. */
const forwarded: readonly (readonly string[])[] = [
  [],
  ["9.9.9.9"],
  ["1.1.1.1, 2.2.2.2"],
  ["1.1.1.1", "2.2.2.2"],
  ["10.0.0.1"],
  ["127.0.0.1"],
  ["1.1.1.1, unknown"],
  ["unknown,1.1.1.1"],
  ["1.1.1.1:80"],
  ["2001:db8::1"],
  ["[2001:db8::1]"],
  ["[2001:db8::1]:4"],
  ["1.1.1.1,"],
  [""],
  ["01.2.3.4"],
];

const own = [
  "x-envoy-retry-on",
  "x-envoy-retry-grpc-on",
  "x-envoy-max-retries",
  "x-envoy-retriable-status-codes",
  "x-envoy-retriable-header-names",
  "x-envoy-upstream-rq-timeout-ms",
  "x-envoy-upstream-rq-per-try-timeout-ms",
  "x-envoy-upstream-rq-timeout-alt-response",
  "x-envoy-upstream-alt-stat-name",
  "x-envoy-expected-rq-timeout-ms",
  "x-envoy-force-trace",
  "x-envoy-ip-tags",
  "x-envoy-original-url",
  "x-envoy-original-path",
  "x-envoy-original-host",
  "x-envoy-decorator-operation",
  "x-envoy-downstream-service-cluster",
  "x-envoy-downstream-service-node",
  "x-envoy-hedge-on-per-try-timeout",
  "x-envoy-attempt-count",
  "x-envoy-external-address",
  "x-envoy-internal",
  "x-envoy-is-timeout-retry",
  "x-forwarded-proto",
  "x-forwarded-host",
];

const settings = [false, true].flatMap((useRemoteAddress) =>
  [false, true].map((skipXffAppend) => ({ useRemoteAddress, skipXffAppend })),
);

describe.skipIf(envoy === undefined).each(settings)(
  `with use_remote_address: $useRemoteAddress, skip_xff_append: $skipXffAppend${reason}`,
  (clientAddress) => {
    let upstream: Upstream;
    let gateways: readonly RunningGateway[] = [];
    beforeAll(async () => {
      upstream = await Upstream.start();
      const wasm = await compileToFile("host-sim/modules/probe", "bare");
      const filter = { wasm, name: "probe", rootId: "root", vmId: "vm", config: script };
      const start = (engine: Engine): Promise<RunningGateway> =>
        engine.start({
          clientAddress,
          filters: [filter],
          upstream: { url: upstream.url },
          clusters: {},
        });
      gateways = await Promise.all([envoyEngine(envoy!), hostSimEngine].map(start));
    });
    afterAll(async () => {
      await Promise.all(gateways.map((gateway) => gateway.stop()));
      await upstream.stop();
    });

    async function seen(headers: readonly (readonly [string, string])[]): Promise<unknown[]> {
      const both = gateways.map(async (gateway) => {
        const from = gateway.logs().length;
        await request(gateway, { headers, host: "a.test" });
        const lines = gateway.logs().slice(from);
        const texts = lines.map(({ text }) => text.replace(/^wasm log[^:]*: /, ""));
        const answers = texts.filter((text) => /^(prop|get|pairs) /.test(text)).map(steady);
        expect(answers).toHaveLength(look.length);
        return answers;
      });
      return Promise.all(both);
    }

    test.each(forwarded.map((values) => ({ values })))(
      "X-Forwarded-For: $values",
      async ({ values }) => {
        const [real, simulated] = await seen(values.map((value) => ["x-forwarded-for", value]));
        expect(simulated).toEqual(real);
      },
    );

    test("what a client says about its own request", async () => {
      const [real, simulated] = await seen(own.map((name) => [name, "5"]));
      expect(simulated).toEqual(real);
    });
  },
);

/** Every connection has a port of its own. */
const steady = (line: string): string =>
  line
    .replace(/x-request-id=[^;\]]*/, "x-request-id=ID")
    .replace(/(source\.address = 0 )\d+:3132372e302e302e313a(?!30$)[0-9a-f]+/, "$1CONNECTION")
    .replace(/(source\.port = 0 8:)(?!0{16})[0-9a-f]{16}/, "$1PORT");

describe("a unix socket", () => {
  test.each([
    [{}, {}, "/run/gateway.sock", " = 1"],
    [{}, { "x-forwarded-for": "1.1.1.1" }, "1.1.1.1:0", " = 0 '1.1.1.1'"],
    [{ useRemoteAddress: true }, {}, "/run/gateway.sock", " = 1"],
    [
      { useRemoteAddress: true },
      { "x-forwarded-for": "1.1.1.1" },
      "/run/gateway.sock",
      " = 0 '1.1.1.1'",
    ],
  ])(
    "with %j and %j has its path, to which nothing is added",
    async (options, headers, address, header) => {
      const gateway = await probe([script], options);
      await gateway.fetch("/", { headers, sourceAddress: "/run/gateway.sock" });
      const hex = Buffer.from(address).toString("hex");
      expect(said(gateway)).toContain(`prop source.address = 0 ${address.length}:${hex}`);
      expect(said(gateway)).toContain(`get 0 x-forwarded-for${header}`);
      expect(said(gateway)).toContain("get 0 x-envoy-external-address = 1");
    },
  );
});
