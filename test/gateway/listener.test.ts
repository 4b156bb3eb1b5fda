/** How does the listener speak HTTP/1.1 with clients? Over real sockets, as Envoy 1.40 answered the same bytes. */
import type { IncomingMessage } from "node:http";
import { describe, expect, test } from "vitest";
import { startGateway, startUpstream, type GatewayFixture } from "./support/gateway-fixture.ts";
import { waitFor } from "./support/raw-client.ts";

const GET = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

async function answer(gateway: GatewayFixture, request: string, until: string): Promise<string> {
  const client = await gateway.client();
  client.send(request);
  return client.until(until);
}

describe("answers", () => {
  test("keep the upstream's fields in order and get no connection field", async () => {
    const upstream = await startUpstream((_request, response) => {
      response.sendDate = false;
      response.writeHead(200, [
        "Foo-Bar",
        "1",
        "Set-Cookie",
        "a",
        "set-cookie",
        "b",
        "content-length",
        "2",
      ]);
      response.end("ok");
    });
    const text = await answer(await startGateway(upstream), GET, "ok");
    const cookies = "set-cookie: a\r\nset-cookie: b\r\n";
    expect(text).toContain(`HTTP/1.1 200 OK\r\nfoo-bar: 1\r\n${cookies}content-length: 2\r\n`);
    expect(text).not.toContain("connection:");
  });

  test.each([
    ["HEAD", "HEAD / HTTP/1.1\r\nHost: h\r\n\r\n", 200, "content-length: 5"],
    ["204", GET, 204, "204 No Content"],
    ["304", GET, 304, "304 Not Modified"],
  ])("without body end with their head: %s", async (_title, request, status, expected) => {
    const upstream = await startUpstream((request, response) => {
      if (request.url === "/again") return void response.writeHead(204).end();
      if (status !== 204) response.setHeader("content-length", "5");
      response.writeHead(status).end();
    });
    const gateway = await startGateway(upstream);
    const client = await gateway.client();
    client.send(request + "GET /again HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    const text = await client.untilClosed();
    expect(text).toContain(expected);
    expect(text.match(/HTTP\/1\.1 /g)).toHaveLength(2);
  });

  test("close the connection if the client asks for it, or the request is not whole yet", async () => {
    const upstream = await startUpstream((_request, response) => void response.end("ok"));
    const gateway = await startGateway(upstream);
    const closing = await answer(
      gateway,
      "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
      "ok",
    );
    expect(closing).toContain("connection: close\r\n");
    const early = await answer(
      gateway,
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nabc",
      "ok",
    );
    expect(early).toContain("connection: close");
  });

  test("to pipelined requests come in order, and the second one waits for the first", async () => {
    const running: string[] = [];
    let release = (): void => undefined;
    const upstream = await startUpstream((request, response) => {
      running.push(request.url!);
      if (request.url === "/1") release = () => response.end("first");
      else response.end("second");
    });
    const client = await (await startGateway(upstream)).client();
    client.send("GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\n\r\n");
    await waitFor(
      () => running.length > 0,
      () => "the first request",
    );
    expect(running).toEqual(["/1"]);
    release();
    expect(await client.until("second")).toMatch(/first[^]*second/);
  });

  test("to a request that is refused are the last: what was sent behind it is served to nobody", async () => {
    const running: string[] = [];
    const upstream = await startUpstream((request, response) => {
      running.push(request.url!);
      response.end("ok");
    });
    const gateway = await startGateway(upstream);
    const client = await gateway.client();
    client.send("GET bad HTTP/1.1\r\nHost: h\r\n\r\nGET /behind HTTP/1.1\r\nHost: h\r\n\r\n");
    await client.until("400 Bad Request");
    expect(await answer(gateway, GET, "ok")).toContain("200 OK");
    expect(running).toEqual(["/"]);
    expect(gateway.listener.stats.downstream_rq_active).toBe(0);
  });

  test("carry values that are no UTF-8 byte for byte, also before a body", async () => {
    const upstream = await startUpstream((_request, response) => {
      response.setHeader("x-raw", "\x80\xff");
      response.write("o");
      response.end("k");
    });
    expect(await answer(await startGateway(upstream), GET, "\r\n0\r\n")).toContain(
      "x-raw: \x80\xff\r\n",
    );
  });

  test("to a good request come though rubbish follows it, which is refused in its turn", async () => {
    const upstream = await startUpstream((_request, response) => void response.end("ok"));
    const client = await (await startGateway(upstream)).client();
    client.send(`${GET}rubbish\r\n\r\n`);
    expect(await client.until("400 Bad Request")).toMatch(/200 OK[^]*400 Bad Request/);
  });

  test("to a last request come though the client has sent more behind it", async () => {
    const upstream = await startUpstream((_request, response) => void response.end("ok"));
    const client = await (await startGateway(upstream)).client();
    client.send(`GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n${GET}`);
    expect((await client.untilClosed()).match(/HTTP\/1\.1 /g)).toHaveLength(1);
  });

  test("404 to a path that is none leave the connection as it is", async () => {
    const upstream = await startUpstream((_request, response) => void response.end("ok"));
    const client = await (await startGateway(upstream)).client();
    client.send(`OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n${GET}`);
    expect(await client.until("ok")).toMatch(/404 Not Found[^]*200 OK/);
  });
});

describe("requests", () => {
  test("with Expect: 100-continue are continued at once, and the upstream never sees the field", async () => {
    let seen: IncomingMessage | undefined;
    const upstream = await startUpstream((request, response) => {
      seen = request;
      request.resume().on("end", () => response.end("done"));
    });
    const client = await (await startGateway(upstream)).client();
    client.send("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
    await client.until("HTTP/1.1 100 Continue\r\n\r\n");
    client.send("abc");
    await client.until("done");
    expect(seen?.headers.expect).toBeUndefined();
  });

  test("carry trailers both ways", async () => {
    let trailers: string[] = [];
    const upstream = await startUpstream((request, response) => {
      request.resume().on("end", () => {
        trailers = request.rawTrailers;
        response.writeHead(200, { trailer: "x-t" });
        response.addTrailers({ "X-T": "from upstream" });
        response.end("body");
      });
    });
    const gateway = await startGateway(upstream);
    const chunks = "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-C: from client\r\n\r\n";
    const text = await answer(gateway, `POST / HTTP/1.1\r\nHost: h\r\n${chunks}`, "\r\n0\r\n");
    expect(trailers).toEqual(["x-c", "from client"]);
    expect(gateway.seen[0]?.trailers?.entries).toEqual([["x-c", "from client"]]);
    expect(text).toContain("4\r\nbody\r\n0\r\nx-t: from upstream\r\n\r\n");
  });

  test.each([
    ["no HTTP", "hello world\r\n\r\n", "400 Bad Request"],
    ["an unknown method", "FOO / HTTP/1.1\r\nHost: h\r\n\r\n", "400 Bad Request"],
    [
      "a head above 60 KiB",
      `GET / HTTP/1.1\r\nHost: h\r\nX: ${"a".repeat(62_000)}\r\n\r\n`,
      "431 Request Header",
    ],
    [
      "two lengths",
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\n",
      "400 Bad",
    ],
    [
      "a control byte in a value",
      "GET / HTTP/1.1\r\nHost: h\r\nX: a\x01b\r\n\r\n",
      "400 Bad Request",
    ],
    [
      "a broken chunk",
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
      "400 Bad Request",
    ],
    ["HTTP/1.0", "GET / HTTP/1.0\r\nHost: h\r\n\r\n", "426 Upgrade Required"],
  ])(
    "that are malformed are refused and the connection closed: %s",
    async (_title, request, status) => {
      const upstream = await startUpstream((request) => void request.resume());
      const client = await (await startGateway(upstream)).client();
      client.send(request);
      const text = await client.untilClosed();
      expect(text).toContain(`HTTP/1.1 ${status}`);
      expect(text).toContain("connection: close");
    },
  );

  test("whose client goes away are reset, at the upstream too", async () => {
    let closed = false;
    const upstream = await startUpstream((request) => {
      request.on("close", () => (closed = true));
    });
    const gateway = await startGateway(upstream);
    const client = await gateway.client();
    client.send(GET);
    await waitFor(
      () => gateway.seen.length === 1,
      () => "the request",
    );
    await waitFor(
      () => gateway.cluster.stats.upstream_rq_active === 1,
      () => "an upstream request",
    );
    client.close();
    await waitFor(
      () => closed,
      () => "the upstream's reset",
    );
    expect(gateway.seen[0]?.reset).toBe(true);
    expect(gateway.listener.stats).toMatchObject({
      downstream_rq_rx_reset: 1,
      downstream_rq_active: 0,
    });
    expect(gateway.cluster.stats.upstream_rq_active).toBe(0);
  });

  test("that offer HTTP/2 are served in HTTP/1.1, body and all", async () => {
    let body = "";
    const upstream = await startUpstream((request, response) => {
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.on("end", () => response.end("served"));
    });
    const gateway = await startGateway(upstream);
    const offer = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAA\r\n";
    await answer(
      gateway,
      `POST /x HTTP/1.1\r\nHost: h\r\n${offer}Content-Length: 3\r\n\r\nabc`,
      "served",
    );
    expect(body).toBe("abc");
    expect(gateway.listener.stats.downstream_cx_total).toBe(1);
  });
});
