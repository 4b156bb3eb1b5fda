/** Does the mock node judge what real Envoy's own ext_proc filter sends it, as a vendor's node would? */
import { expect, it } from "vitest";
import { Connection, pieces, request } from "../support/client.ts";
import { eventually } from "../support/deadline.ts";
import { sha256 } from "../support/upstream.ts";
import { describeNative, responseTo } from "./support/scene.ts";

const MiB = 1024 * 1024;
const TRAVERSAL = "/files?name=../../../../etc/passwd";
const withTrailers = {
  processingMode: { request_trailer_mode: "SEND", response_trailer_mode: "SEND" },
};

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
