/** Does the mock node judge what real Envoy's own ext_proc filter sends it, as a vendor's node would? */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createMockNode, type MockNode } from "../../host-sim/src/mock-node/index.ts";
import { request } from "../support/client.ts";
import { sha256, Upstream } from "../support/upstream.ts";
import { envoyBinary, startNativeEnvoy, type NativeEnvoy } from "./support/native-envoy.ts";

const reason = envoyBinary ? "" : ` (left out: ${process.env.ENVOY_MISSING ?? "no Envoy"})`;

describe.skipIf(!envoyBinary)(`the mock node behind Envoy's native filter${reason}`, () => {
  let node: MockNode;
  let upstream: Upstream;
  let envoy: NativeEnvoy;

  beforeAll(async () => {
    node = await createMockNode({
      mode: "envoy-external-filter",
      route_config: { wallarm_mode: "block" },
    });
    upstream = await Upstream.start();
    envoy = await startNativeEnvoy({
      processor: node.url,
      upstream: upstream.url,
      processingMode: { request_trailer_mode: "SEND", response_trailer_mode: "SEND" },
    });
  });
  afterAll(async () => {
    await envoy?.stop();
    await node?.close();
    await upstream?.stop();
  });
  beforeEach(() => {
    upstream.reset();
    node.journal.clear();
  });

  it("passes an ordinary request, and records it with its response", async () => {
    const answer = await request(envoy, { path: "/orders?id=7" });
    expect(answer.status).toBe(200);
    expect(answer.text).toBe("hello from the API");
    const response = await node.journal.waitForMessage(({ type }) => type === "response");
    expect(Buffer.from(response.body.base64, "base64").toString()).toBe("hello from the API");
    expect(response.status).toBe(200);
    const [seen] = node.journal.messages({ type: "request" });
    expect(seen).toMatchObject({
      id: response.id,
      method: "GET",
      path: "/orders?id=7",
      client: "127.0.0.1",
      connectorMode: "sync",
      action: "pass",
    });
  });

  it("blocks an attack in the path with 403, and tells the request id", async () => {
    const answer = await request(envoy, { path: "/files?name=../../../../etc/passwd" });
    expect(answer.status).toBe(403);
    expect(answer.header("content-type")).toBe("application/json");
    const { requestId } = JSON.parse(answer.text) as { requestId: string };
    expect(node.journal.attacks()[0]).toMatchObject({
      id: requestId,
      type: "ptrav",
      action: "block",
    });
    expect(upstream.requests).toEqual([]);
  });

  it("passes 5 MB whole", async () => {
    const body = Buffer.alloc(5_000_000, "ordinary text 0123456789 ");
    const answer = await request(envoy, { method: "POST", path: "/upload", body });
    expect(answer.status).toBe(200);
    expect(upstream.last?.hash).toBe(sha256(body));
  });
});
