/**
 * Does the policy work with processors that others wrote, of which nothing but the verdict rule is ours: one on the published
 * Python SDK, one on Envoy's own Go types? On both engines, with ordinary traffic, attacks and uploads of 5 MB.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { pieces, request } from "../support/client.ts";
import type { RequestOptions } from "../support/client.ts";
import { clusterName } from "../support/cluster-name.ts";
import { eventually } from "../support/deadline.ts";
import { installedEnvoy } from "../support/envoy/binary.ts";
import { envoyEngine } from "../support/envoy/engine.ts";
import type { RunningGateway } from "../support/gateway-options.ts";
import { hostSimEngine } from "../support/host-sim/engine.ts";
import { pattern } from "../support/pattern.ts";
import { POLICY_WASM } from "../support/scene.ts";
import { sha256, Upstream } from "../support/upstream.ts";
import {
  Counterpart,
  counterpartMissing,
  counterparts,
} from "../external-processor/support/counterparts.ts";

const NAME = "wallarm.default.4711";
const ATTACK = "/files?name=../../etc/passwd";
const UPLOAD = pattern(5_000_000);
const binary = installedEnvoy();
const engines = [
  { name: "envoy", engine: binary === undefined ? undefined : envoyEngine(binary) },
  { name: "host-sim", engine: hostSimEngine },
];

const POST = { method: "POST", path: "/" } as const;
const atEnd = (attack: string): Buffer => Buffer.concat([UPLOAD, Buffer.from(attack)]);

const ORDINARY: readonly (readonly [string, RequestOptions])[] = [
  ["a GET", { path: "/orders?id=7" }],
  ["a HEAD", { path: "/orders", method: "HEAD" }],
  ["a form", { ...POST, body: "a=1&b=2" }],
  ["chunks with trailers", { ...POST, body: [Buffer.from("one")], trailers: [["x-sum", "7"]] }],
  ["an upload of 5 MB", { ...POST, body: UPLOAD }],
  ["an upload of 5 MB in chunks", { ...POST, body: pieces(UPLOAD, 100_000), chunked: true }],
];

const ATTACKS: readonly (readonly [string, RequestOptions])[] = [
  ["its path", { path: ATTACK }],
  ["its body", { ...POST, body: ATTACK }],
  [
    "a later chunk",
    { ...POST, body: [Buffer.from("x=/etc"), Buffer.from("/passwd")], chunked: true },
  ],
  ["its trailers", { ...POST, body: [Buffer.from("x")], trailers: [["x-a", ATTACK]] }],
  ["the end of 5 MB", { ...POST, body: atEnd(ATTACK) }],
];

for (const counterpart of counterparts) {
  for (const { name, engine } of engines) {
    const missing = engine ? counterpartMissing(counterpart) : process.env.ENVOY_MISSING;
    const reason = missing === undefined ? "" : ` (left out: ${missing})`;

    describe.skipIf(missing !== undefined)(
      `${counterpart} and the policy on ${name}${reason}`,
      () => {
        let processor: Counterpart;
        let upstream: Upstream;
        let gateway: RunningGateway;

        beforeAll(async () => {
          processor = await Counterpart.start(counterpart);
          upstream = await Upstream.start();
          const { host } = new URL(processor.url);
          const config = {
            wallarm_node: `h2://${host}`,
            fallback_action: "block",
            node_timeout_ms: 8000,
          };
          const policy = { wasm: POLICY_WASM, name: NAME, rootId: "main", vmId: "policy", config };
          gateway = await engine!.start({
            filters: [{ ...policy, allowOnHeadersStopIteration: true }],
            upstream: { url: upstream.url },
            clusters: { [clusterName(NAME, host)]: { url: processor.url, http2: true } },
          });
        }, 400_000);
        afterAll(() => Promise.all([gateway?.stop(), processor?.stop(), upstream?.stop()]));
        beforeEach(() => upstream.reset());

        test.each(ORDINARY)("%s passes, whole", async (_, options) => {
          expect((await request(gateway, options)).status).toBe(200);
          const { body } = options;
          const sent = body === undefined ? [] : [body].flat().map((each) => Buffer.from(each));
          await eventually("the API has all of it", () => upstream.last?.complete);
          expect(upstream.last?.hash).toBe(sha256(Buffer.concat(sent)));
        });

        test.each(ATTACKS)(
          "an attack in %s is blocked, with the processor's answer",
          async (_, options) => {
            const answer = await request(gateway, options);
            expect([answer.status, answer.text]).toEqual([403, "blocked by the counterpart"]);
            expect(answer.header("x-processor")).toBe("counterpart");
            expect(upstream.requests.filter(({ complete }) => complete)).toEqual([]);
            expect(upstream.last?.start.includes("/etc/passwd") ?? false).toBe(false);
          },
        );

        test("100 requests at once get each its own verdict, and no stream fails", async () => {
          const paths = Array.from({ length: 100 }, (_, i) =>
            i % 3 === 0 ? `${ATTACK}&${i}` : `/${i}`,
          );
          const answers = await Promise.all(paths.map((path) => request(gateway, { path })));
          const expected = paths.map((path) => (path.startsWith(ATTACK) ? 403 : 200));
          expect(answers.map(({ status }) => status)).toEqual(expected);
          expect(await gateway.metric("no_verdict.")).toBe(0);
        });
      },
    );
  }
}
