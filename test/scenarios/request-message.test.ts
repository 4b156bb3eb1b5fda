/** Is the node told exactly what the client sent? */
import { expect, test } from "vitest";
import { Connection, pieces, request } from "../support/client.ts";
import { describeEngines, describeTransports, testOver } from "../support/engines.ts";
import { header, headerValues } from "../support/http1-reader.ts";
import { within } from "../support/deadline.ts";
import type { RequestOptions } from "../support/client.ts";
import type { Message } from "../support/node/messages.ts";

describeTransports("the message about a request", {}, (scene) => {
  const told = async (options: RequestOptions): Promise<Message> => {
    const path = options.path ?? scene.path();
    const answer = await request(scene.gateway, { ...options, path });
    expect(answer.status).toBe(200);
    expect(scene.node.calls.map((call) => call.fault)).toEqual(
      scene.node.calls.map(() => undefined),
    );
    if (scene.over === "connector") return scene.node.request(path);
    const whole = await scene.node.whole(path);
    return whole.body.length > 0 ? whole : { ...whole, body: undefined };
  };

  const HTTP = "it is about our own protocol; a processor's: test/ext-proc/same-as-envoy.test.ts";
  const testHttp = testOver(scene, "connector", HTTP);

  testHttp("of a GET has every field of the contract, and no body", async () => {
    const before = BigInt(Date.now()) * 1000n;
    const message = await told({ host: "shop.example:8080", headers: [["x-a", "b"]] });
    const after = BigInt(Date.now() + 1) * 1000n;
    expect(message).toMatchObject({ type: "request", part: 0, last: true, mode: "sync" });
    expect(message).toMatchObject({ scheme: "http", protocol: "HTTP/1.1", method: "GET" });
    expect(message).toMatchObject({ host: "shop.example:8080", clientIp: "127.0.0.1" });
    expect(message).toMatchObject({ bodySize: 0, truncated: false });
    expect(message.body).toBeUndefined();
    expect(message.trailers).toBeUndefined();
    expect(header(message.headers, "x-a")).toBe("b");
    expect(message.headers.some(([name]) => name.startsWith(":"))).toBe(false);
    expect(message.time! >= before && message.time! <= after).toBe(true);
  });

  testHttp("goes to the node's address with the headers of the contract", async () => {
    await told({});
    const [call] = scene.node.calls;
    expect(call!.requestLine).toBe("POST /connector/v1/messages HTTP/1.1");
    expect(header(call!.headers, "host")).toBe(scene.node.authority);
    expect(header(call!.headers, "content-type")).toBe("application/msgpack");
    expect(header(call!.headers, "x-wallarm-connector")).toBe("flex");
    expect(header(call!.headers, "x-wallarm-connector-version")).toMatch(/^\d+\.\d+\.\d+$/);
    expect(call!.messages).toHaveLength(1);
  });

  test.each(["GET", "HEAD", "DELETE", "OPTIONS", "PATCH", "PROPFIND"])(
    "of %s names the method",
    async (method) => {
      const message = await told({ method });
      expect(message).toMatchObject({ method, last: true });
    },
  );

  test("keeps the path as it was written, with its query", async () => {
    const path = `${scene.path()}/..%2f../a//b?q=%27%20OR%201=1&q=&x`;
    expect((await told({ path })).path).toBe(path);
  });

  test("has the body of a POST with content-length", async () => {
    const message = await told({ method: "POST", body: '{"a":1}' });
    expect(message.body?.toString()).toBe('{"a":1}');
    expect(message).toMatchObject({ bodySize: 7, truncated: false, last: true, part: 0 });
    expect(header(message.headers, "content-length")).toBe("7");
  });

  test.each([true, false])("has the body of a chunked POST (end apart: %s)", async (endApart) => {
    const body = pieces(Buffer.from("one two three four"), 5);
    const path = scene.path();
    const message = await told({ method: "POST", path, body, chunked: true, endApart });
    expect(message.body?.toString()).toBe("one two three four");
    expect(message).toMatchObject({ bodySize: 18, last: true });
    expect(scene.upstream.find(path)?.start.toString()).toBe("one two three four");
  });

  test("has the trailers, which reach the API too", async () => {
    const path = scene.path();
    const trailers = [
      ["x-sum", "4711"],
      ["x-end", "%00"],
    ] as const;
    const message = await told({ method: "POST", path, body: [Buffer.from("data")], trailers });
    expect(message.body?.toString()).toBe("data");
    expect(message.trailers).toEqual(trailers);
    expect(message).toMatchObject({ last: true, part: 0 });
    expect(scene.upstream.find(path)?.trailers).toEqual(trailers);
  });

  test("has the trailers of a request without any body", async () => {
    const message = await told({ method: "POST", trailers: [["x-sum", "0"]] });
    expect(message).toMatchObject({ last: true, bodySize: 0, trailers: [["x-sum", "0"]] });
    expect(message.body).toBeUndefined();
  });

  test("keeps repeated headers, empty ones and their order", async () => {
    const sent = [
      ["x-b", "2"],
      ["x-a", ""],
      ["x-b", "1"],
      ["x-b", "2"],
    ] as const;
    const message = await told({ headers: sent });
    expect(message.headers.filter(([name]) => /^x-[ab]$/.test(name))).toEqual(sent);
  });

  test("carries header values that are not UTF-8, byte by byte", async () => {
    const value = Array.from({ length: 128 }, (_, i) => String.fromCharCode(128 + i)).join("");
    const path = scene.path();
    const message = await told({ path, headers: [["x-raw", value]] });
    expect(header(message.headers, "x-raw")).toBe(value);
    expect(header(scene.upstream.find(path)!.headers, "x-raw")).toBe(value);
  });

  test("carries 50 KB of headers", async () => {
    const sent = Array.from(
      { length: 50 },
      (_, i) => [`x-${i}`, String(i % 10).repeat(1000)] as const,
    );
    const message = await told({ headers: sent });
    expect(message.headers.filter(([name]) => /^x-\d+$/.test(name))).toEqual(sent);
  });

  test("carries a path of 50 KB", async () => {
    const path = `${scene.path()}?q=${"x".repeat(50_000)}`;
    expect((await told({ path })).path).toBe(path);
  });

  test("carries all of two Cookie and Authorization headers", async () => {
    const message = await told({
      headers: [
        ["cookie", "a=1"],
        ["authorization", "Bearer x"],
      ],
    });
    expect(headerValues(message.headers, "cookie")).toEqual(["a=1"]);
    expect(headerValues(message.headers, "authorization")).toEqual(["Bearer x"]);
  });

  test("of a request that expects 100-continue has its body, and the client is told to go on", async () => {
    const connection = await Connection.open(scene.gateway);
    const path = scene.path();
    const headers = [
      ["expect", "100-continue"],
      ["content-length", "5"],
    ] as const;
    await connection.write(connection.head({ method: "POST", path, headers }));
    const answer = connection.readResponse();
    await expect.poll(() => connection.informational, { timeout: 5000 }).toEqual([100]);
    await connection.write("after");
    expect((await within("the answer", answer)).status).toBe(200);
    expect((await scene.node.request(path)).body?.toString()).toBe("after");
    connection.abort();
  });

  test("is sent for each of several requests on one connection", async () => {
    const connection = await Connection.open(scene.gateway);
    const paths = [scene.path(), scene.path(), scene.path()];
    for (const path of paths) {
      await connection.send({ path, method: "POST", body: path });
      expect((await within("the answer", connection.readResponse())).status).toBe(200);
    }
    expect(scene.node.requests.map((each) => [each.path, each.body?.toString()])).toEqual(
      paths.map((path) => [path, path]),
    );
    connection.abort();
  });
});

const inPath = { config: (node: string) => ({ wallarm_node: `${node}/tenant/a/` }) };
// Over gRPC there is no such path.
describeEngines("a node with a path in its URL", inPath, (scene) => {
  test("is called under that path", async () => {
    await request(scene.gateway, { path: scene.path() });
    expect(scene.node.calls[0]!.requestLine).toBe("POST /tenant/a/connector/v1/messages HTTP/1.1");
  });
});
