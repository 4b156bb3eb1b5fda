/** Does the mock node do right by Envoy's own filter whatever the filter's settings, and the node's? */
import { expect, it } from "vitest";
import { Connection, request } from "../support/client.ts";
import { eventually } from "../support/deadline.ts";
import { sha256 } from "../support/upstream.ts";
import { describeNative, responseTo, startNode } from "./support/scene.ts";

const TRAVERSAL = "/files?name=../../../../etc/passwd";
const withTrailers = {
  processingMode: { request_trailer_mode: "SEND", response_trailer_mode: "SEND" },
};

describeNative(
  "a filter with buffered bodies",
  {
    envoy: { processingMode: { request_body_mode: "BUFFERED", response_body_mode: "BUFFERED" } },
  },
  (scene) => {
    it("blocks by the body, and passes others whole", async () => {
      const send = (body: string): Promise<{ status: number }> =>
        request(scene.envoy, { method: "POST", path: "/form", body });
      expect((await send("cmd=;cat /etc/passwd")).status).toBe(403);
      expect((await send("name=Ann")).status).toBe(200);
    });
  },
);

describeNative(
  "a filter that sends bodies without headers",
  {
    envoy: {
      processingMode: { request_header_mode: "SKIP" },
      attributes: ["request.path", "source.address"],
    },
  },
  (scene) => {
    it("has its bodies judged", async () => {
      const body = "file=../../../../etc/passwd";
      const answer = await request(scene.envoy, { method: "POST", path: "/form", body });
      expect(answer.status).toBe(403);
      expect(scene.node.journal.attacks()[0]).toMatchObject({ path: "/form", client: "127.0.0.1" });
    });
  },
);

describeNative(
  "a filter in observability mode",
  {
    envoy: { observabilityMode: true, ...withTrailers },
  },
  (scene) => {
    it("is never answered: attacks pass and are in the journal", async () => {
      const answer = await request(scene.envoy, { path: TRAVERSAL });
      expect(answer.status).toBe(200);
      await scene.node.journal.waitForMessage(({ attacks }) => attacks.includes("ptrav"));
      const [attack] = scene.node.journal.attacks();
      expect(attack).toMatchObject({ action: "pass", connectorMode: "async" });
      expect(attack?.why).toContain("nobody waits for the verdict");
      const stats = await scene.envoy.stats();
      expect(stats.get("http.gateway.ext_proc.stream_msgs_received")).toBe(0);
    });

    it("is told of the response as soon as it is over", async () => {
      await request(scene.envoy, { path: "/observed" });
      const response = await responseTo(scene, "/observed");
      expect(response).toMatchObject({ status: 200, bodySize: 18, truncated: false });
      // Envoy has not closed its stream yet.
      expect((await scene.envoy.stats()).get("http.gateway.ext_proc.streams_closed")).toBe(0);
    });

    it("passes 5 MB whole, and the node has all of it", async () => {
      const body = Buffer.alloc(5_000_000, "ordinary text 0123456789 ");
      const answer = await request(scene.envoy, { method: "POST", path: "/upload", body });
      expect(answer.status).toBe(200);
      expect(scene.upstream.last?.hash).toBe(sha256(body));
      const last = await scene.node.journal.waitForMessage(
        (one) => one.type === "part" && one.last,
        10_000,
      );
      expect(last.bodySize).toBe(5_000_000);
    });
  },
);

describeNative(
  "a full-duplex filter",
  {
    envoy: {
      failureModeAllow: false,
      processingMode: { request_body_mode: "FULL_DUPLEX_STREAMED", request_trailer_mode: "SEND" },
    },
  },
  (scene) => {
    it("is refused with a reason that names the mode", async () => {
      const answer = await request(scene.envoy, { method: "POST", path: "/", body: "x" });
      expect(answer.status).toBeGreaterThanOrEqual(500);
      expect(scene.envoy.lines().join("\n")).toMatch(/error on stream: 12, .*FULL_DUPLEX_STREAMED/);
    });
  },
);

describeNative(
  "a node with TLS whose certificate Envoy checks",
  {
    node: {
      envoy_external_filter: {
        tls_cert: new URL("../fixtures/tls/cert.pem", import.meta.url).pathname,
        tls_key: new URL("../fixtures/tls/key.pem", import.meta.url).pathname,
      },
    },
  },
  (scene) => {
    it("judges over TLS", async () => {
      expect(scene.node.url).toMatch(/^https:/);
      expect((await request(scene.envoy, { path: TRAVERSAL })).status).toBe(403);
      expect((await request(scene.envoy, { path: "/ordinary" })).status).toBe(200);
    });
  },
);

describeNative(
  "failure_mode_allow and a node that restarts in the middle of streams",
  {
    envoy: { failureModeAllow: true },
  },
  (scene) => {
    it("lets begun requests pass whole, and blocks again once the node is back", async () => {
      const body = Buffer.alloc(400_000, "ordinary ");
      const open = await Promise.all(
        Array.from({ length: 20 }, () => Connection.open(scene.envoy)),
      );
      for (const connection of open) {
        const headers = [["content-length", String(body.length)]] as const;
        await connection.write(connection.head({ method: "POST", path: "/upload", headers }));
        await connection.write(body.subarray(0, 100_000));
      }
      await eventually(
        "the upstream has the first parts",
        () => scene.upstream.requests.filter((one) => one.bodyBytes === 100_000).length === 20,
      );
      await scene.node.setFaults({ fault: "refuse" });
      for (const connection of open) await connection.write(body.subarray(100_000));
      for (const connection of open) expect((await connection.readResponse()).status).toBe(200);
      for (const connection of open) connection.abort();
      expect(new Set(scene.upstream.requests.map(({ hash }) => hash))).toEqual(
        new Set([sha256(body)]),
      );
      expect((await request(scene.envoy, { path: TRAVERSAL })).status).toBe(200);

      await scene.node.setFaults([]);
      const again = await eventually("the node judges again", async () => {
        const { status } = await request(scene.envoy, { path: TRAVERSAL });
        return status === 403 && status;
      });
      expect(again).toBe(403);
    });
  },
);

describeNative(
  "a gRPC health check of Envoy",
  {
    node: { envoy_external_filter: { external_health_check: { enabled: true } } },
    envoy: { healthCheck: true },
  },
  (scene) => {
    it("finds the node healthy, and is counted", async () => {
      await eventually("a health check succeeds", async () => {
        const stats = await scene.envoy.stats();
        return (stats.get("cluster.processor.health_check.success") ?? 0) > 0;
      });
      expect(await scene.node.metrics()).toMatch(/messages_seen_total\{type="health"\} [1-9]/);
      expect((await request(scene.envoy, { path: TRAVERSAL })).status).toBe(403);
    });

    it("is refused by a node whose external_health_check is off", async () => {
      const without = await startNode();
      const { checkHealth } = await import("./support/grpc-client.ts");
      await expect(checkHealth(without.url)).rejects.toThrow(/UNIMPLEMENTED/);
      await without.close();
    });
  },
);
