/** Does the policy stop attacks with a node that speaks Envoy's protocol: the mock node in the vendor's mode, over TLS too? */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createMockNode, type MockNode } from "../../host-sim/src/mock-node/index.ts";
import { request } from "../support/client.ts";
import { clusterName } from "../support/cluster-name.ts";
import { eventually } from "../support/deadline.ts";
import { installedEnvoy } from "../support/envoy/binary.ts";
import { envoyEngine } from "../support/envoy/engine.ts";
import type { RunningGateway } from "../support/gateway-options.ts";
import { hostSimEngine } from "../support/host-sim/engine.ts";
import { POLICY_WASM } from "../support/scene.ts";
import { Upstream } from "../support/upstream.ts";

const binary = installedEnvoy();
const NAME = "wallarm.default.4711";
const TLS = join(import.meta.dirname, "../fixtures/tls");
const CERTIFICATE = { tls_cert: join(TLS, "cert.pem"), tls_key: join(TLS, "key.pem") };

const cases = [
  { what: "Envoy", engine: binary === undefined ? undefined : envoyEngine(binary), listener: {} },
  {
    what: "Envoy, over TLS",
    engine: binary === undefined ? undefined : envoyEngine(binary),
    listener: CERTIFICATE,
  },
  { what: "host-sim", engine: hostSimEngine, listener: {} },
  { what: "host-sim, over TLS", engine: hostSimEngine, listener: CERTIFICATE },
];

describe.each(cases)("the mock node's external filter on $what", ({ engine, listener }) => {
  let node: MockNode;
  let upstream: Upstream;
  let gateway: RunningGateway;

  beforeAll(async () => {
    upstream = await Upstream.start();
    node = await createMockNode({
      mode: "envoy-external-filter",
      route_config: { wallarm_mode: "block" },
      ...("tls_cert" in listener && { envoy_external_filter: listener }),
    });
    if (engine === undefined) return;
    const { host } = new URL(node.url);
    const config = {
      wallarm_node: `h2://${host}`,
      fallback_action: "block",
      node_timeout_ms: 5000,
    };
    gateway = await engine.start({
      filters: [
        {
          wasm: POLICY_WASM,
          name: NAME,
          rootId: "main",
          vmId: "policy",
          config,
          allowOnHeadersStopIteration: true,
        },
      ],
      upstream: { url: upstream.url },
      clusters: { [clusterName(NAME, host)]: { url: node.url, http2: true } },
    });
  });
  afterAll(async () => {
    await gateway?.stop();
    await node.close();
    await upstream.stop();
  });

  test.skipIf(engine === undefined)("lets an ordinary request pass", async () => {
    const answer = await request(gateway, { path: "/shop", method: "POST", body: "name=ann" });
    expect([answer.status, answer.text]).toEqual([200, "hello from the API"]);
  });

  test.skipIf(engine === undefined)("stops an attack in a path and one in a body", async () => {
    const before = upstream.requests.length;
    const inPath = await request(gateway, { path: "/?file=../../../../etc/passwd" });
    const inBody = await request(gateway, {
      path: "/login",
      method: "POST",
      headers: [["content-type", "application/x-www-form-urlencoded"]],
      body: "id=1' OR '1'='1' -- ",
    });
    expect([inPath.status, inBody.status]).toEqual([403, 403]);
    const ids = [inPath, inBody].map((each) => each.header("x-wallarm-request-id"));
    expect(upstream.requests).toHaveLength(before);
    await eventually("both are in the journal", () => node.journal.attacks({}).length >= 2);
    const logged = gateway.logs().flatMap(({ text }) => /\[req: (\w+)\] blocked/.exec(text) ?? []);
    for (const id of ids) expect(logged).toContain(id);
  });
});
