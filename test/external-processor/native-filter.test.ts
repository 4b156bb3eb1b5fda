/** Does the mock node judge what real Envoy's own ext_proc filter sends it, as a vendor's node would? */
import { expect, it } from "vitest";
import type { MessageEntry } from "../../host-sim/src/mock-node/index.ts";
import { Connection, pieces, request } from "../support/client.ts";
import { eventually } from "../support/deadline.ts";
import { sha256 } from "../support/upstream.ts";
import { describeNative, startNode, type NativeScene } from "./support/scene.ts";

const MiB = 1024 * 1024;
const TRAVERSAL = "/files?name=../../../../etc/passwd";
const withTrailers = {
  processingMode: { request_trailer_mode: "SEND", response_trailer_mode: "SEND" },
};

/** By its path: the response of an earlier test may come late. */
const responseTo = (scene: NativeScene, path: string): Promise<MessageEntry> =>
  scene.node.journal.waitForMessage((one) => one.type === "response" && one.path === path);

describeNative("the mock node behind Envoy's native filter", { envoy: withTrailers }, (scene) => {
  it("passes an ordinary request, and records it with its response", async () => {
    const answer = await request(scene.envoy, { path: "/orders?id=7" });
    expect(answer.status).toBe(200);
    expect(answer.text).toBe("hello from the API");
    const response = await responseTo(scene, "/orders?id=7");
    expect(Buffer.from(response.body.base64, "base64").toString()).toBe("hello from the API");
    expect(response).toMatchObject({ status: 200, truncated: false, bodySize: 18 });
    const [seen] = scene.node.journal.messages({ type: "request" });
    expect(seen).toMatchObject({
      id: response.id,
      method: "GET",
      path: "/orders?id=7",
      client: "127.0.0.1",
      connectorMode: "sync",
      action: "pass",
    });
    expect(Math.abs(seen!.time / 1000 - Date.now())).toBeLessThan(60_000);
  });

  it("blocks an attack in the path with 403, and tells the request id", async () => {
    const id = "01234567-89ab-4cde-8f01-23456789abcd";
    const answer = await request(scene.envoy, {
      path: TRAVERSAL,
      headers: [["x-request-id", id]],
    });
    expect(answer.status).toBe(403);
    expect(answer.headers.filter(([name]) => name === "content-type")).toEqual([
      ["content-type", "application/json"],
    ]);
    const requestId = id.replaceAll("-", "");
    expect(JSON.parse(answer.text)).toMatchObject({ error: "forbidden", requestId });
    expect(answer.header("x-wallarm-request-id")).toBe(requestId);
    expect(scene.node.journal.attacks()[0]).toMatchObject({
      id: requestId,
      type: "ptrav",
      action: "block",
    });
    expect(scene.upstream.requests).toEqual([]);
  });

  it("judges a request whose x-request-id came before under an id of its own", async () => {
    const headers = [["x-request-id", "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa"]] as const;
    expect((await request(scene.envoy, { path: "/first", headers })).status).toBe(200);
    expect((await request(scene.envoy, { path: TRAVERSAL, headers })).status).toBe(403);
    const [attack] = scene.node.journal.attacks();
    expect(attack?.id).not.toBe("aaaaaaaaaaaa4aaa8aaaaaaaaaaaaaaa");
  });

  it("blocks an SQL injection in a JSON body", async () => {
    const answer = await request(scene.envoy, {
      method: "POST",
      path: "/login",
      headers: [["content-type", "application/json"]],
      body: JSON.stringify({ user: "x' UNION SELECT password FROM users --" }),
    });
    expect(answer.status).toBe(403);
    expect(scene.node.journal.attacks()[0]?.type).toBe("sqli");
  });

  it("blocks an attack that is split over the chunks of a body", async () => {
    const text = `${"a=1&".repeat(200)}file=../../../../etc/passwd`;
    const split = text.indexOf("/etc") + 3;
    const connection = await Connection.open(scene.envoy);
    const head = {
      method: "POST",
      path: "/form",
      chunked: true,
      headers: [["content-type", "application/x-www-form-urlencoded"]],
    } as const;
    await connection.write(connection.head(head));
    const chunkOf = (part: string): string => `${part.length.toString(16)}\r\n${part}\r\n`;
    await connection.write(chunkOf(text.slice(0, split)));
    await eventually("the processor has the first chunk", async () => {
      const stats = await scene.envoy.stats();
      return (stats.get("http.gateway.ext_proc.stream_msgs_received") ?? 0) > 0;
    });
    await connection.write(`${chunkOf(text.slice(split))}0\r\n\r\n`);
    expect((await connection.readResponse()).status).toBe(403);
    connection.abort();
    expect(scene.node.journal.attacks({ type: "ptrav" })).not.toEqual([]);
  });

  it("blocks an attack in the trailers", async () => {
    const answer = await request(scene.envoy, {
      method: "POST",
      path: "/upload",
      body: "ordinary",
      trailers: [["x-file", "../../../../etc/passwd"]],
    });
    expect(answer.status).toBe(403);
    expect(scene.node.journal.attacks()[0]?.point).toContain("x-file");
  });

  it.each([0, 1, 65_536, MiB + 1, 5_000_000])("passes a body of %i bytes whole", async (size) => {
    const body = Buffer.alloc(size, "ordinary text 0123456789 ");
    const path = `/upload/${size}`;
    const answer = await request(scene.envoy, { method: "POST", path, body });
    expect(answer.status).toBe(200);
    expect(scene.upstream.last?.hash).toBe(sha256(body));
    const last = await responseTo(scene, path);
    const told = scene.node.journal.messages({ id: last.id }).filter((m) => m.type !== "response");
    expect(told.reduce((sum, one) => sum + one.body.bytes, 0)).toBe(size);
    expect(told.length).toBeLessThanOrEqual(2);
  });

  it("passes a chunked body with its trailers", async () => {
    const body = Buffer.alloc(300_000, "0123456789");
    const trailers = [["x-sum", "42"]] as const;
    const options = { method: "POST", path: "/chunked", body: pieces(body, 7000), trailers };
    expect((await request(scene.envoy, options)).status).toBe(200);
    const seen = await scene.upstream.complete("/chunked");
    expect(seen.hash).toBe(sha256(body));
    expect(seen.trailers).toEqual([["x-sum", "42"]]);
    const last = await scene.node.journal.waitForMessage((one) => one.trailers !== undefined);
    expect(last).toMatchObject({ last: true, truncated: false, bodySize: 300_000 });
  });

  it("records the begin of a long response, and passes all of it", async () => {
    const body = Buffer.alloc(600_000, "long answer ");
    scene.upstream.answerWith((response) => void response.end(body));
    const answer = await request(scene.envoy, { path: "/report" });
    expect(sha256(answer.body)).toBe(sha256(body));
    const response = await responseTo(scene, "/report");
    expect(response).toMatchObject({ bodySize: 600_000, truncated: true });
    expect(response.body.bytes).toBe(262_144);
  });

  it("answers a blocked gRPC call with a gRPC status", async () => {
    const answer = await request(scene.envoy, {
      method: "POST",
      path: `/shop.Orders/Get${TRAVERSAL}`,
      headers: [["content-type", "application/grpc"]],
      body: Buffer.from([0, 0, 0, 0, 0]),
    });
    const status =
      answer.header("grpc-status") ?? answer.trailers.find(([n]) => n === "grpc-status");
    expect(status).toBe("7");
    expect(scene.upstream.requests).toEqual([]);
  });

  it("serves 200 streams at once, each with its own verdict", async () => {
    const all = Array.from({ length: 200 }, (_, i) => {
      const attack = i % 4 === 0;
      const path = attack ? `${TRAVERSAL}&n=${i}` : `/orders?n=${i}`;
      return request(scene.envoy, { path, deadlineMs: 15_000 }).then(({ status }) => ({
        attack,
        status,
      }));
    });
    for (const { attack, status } of await Promise.all(all))
      expect(status).toBe(attack ? 403 : 200);
    expect(await scene.node.metrics()).toMatch(
      /envoy_external_filter_errors_total\{type="MsgDataFormat"\} 0/,
    );
  });

  it("holds nothing of a client that went away in the middle of its body", async () => {
    const connection = await Connection.open(scene.envoy);
    const length = [["content-length", "100000"]] as const;
    await connection.write(connection.head({ method: "POST", path: "/gone", headers: length }));
    await connection.write(Buffer.alloc(40_000, "abc "));
    await scene.node.journal.waitForMessage(({ path }) => path === "/gone");
    await eventually("the processor has the begin of the body", () => {
      return scene.upstream.find("/gone")?.bodyBytes === 40_000;
    });
    connection.abort();
    const last = await scene.node.journal.waitForMessage(
      ({ path, type }) => path === "/gone" && type === "part",
    );
    expect(last).toMatchObject({ last: true, truncated: true, bodySize: 40_000 });
    expect(last.body.bytes).toBe(40_000);
  });
});

describeNative("a filter that sends no trailers, as in the guide", {}, (scene) => {
  it("judges the body all the same, and tells its end when the stream is over", async () => {
    const options = {
      method: "POST",
      path: "/upload",
      body: "ordinary",
      trailers: [["x-sum", "1"]],
    } as const;
    expect((await request(scene.envoy, options)).status).toBe(200);
    const part = await scene.node.journal.waitForMessage(({ type }) => type === "part");
    expect(part).toMatchObject({ last: true, truncated: true, bodySize: 8 });
  });
});

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
