/** How does the listener tunnel, for upgrades and for CONNECT? Over real sockets, as Envoy 1.40 answered the same bytes. */
import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { startGateway, startUpstream } from "./support/gateway-fixture.ts";

describe("tunnels", () => {
  test("of an upgrade carry bytes both ways once the upstream agrees, also those sent ahead", async () => {
    const upstream = await startUpstream(
      () => undefined,
      (server) =>
        server.on("upgrade", (_request, socket, head: Buffer) => {
          socket.write(
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
          );
          socket.write(`echo ${head.toString()}`);
          socket.on("data", (chunk: Buffer) => socket.write(`echo ${chunk.toString()}`));
        }),
    );
    const client = await (await startGateway(upstream)).client();
    client.send(
      "GET /ws HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nahead",
    );
    expect(await client.until("echo ahead")).toMatch(
      /^HTTP\/1\.1 101 .*\r\nconnection: Upgrade\r\nupgrade: websocket/,
    );
    client.send("\x00\xff");
    await client.until("echo ");
    client.close();
  });

  test("that the upstream refuses end with its answer", async () => {
    const upstream = await startUpstream(
      (_request, response) => void response.writeHead(403).end("no"),
    );
    const client = await (await startGateway(upstream)).client();
    client.send("GET /ws HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    expect(await client.untilClosed()).toMatch(/^HTTP\/1\.1 403 [^]*connection: close[^]*no/);
  });

  test("that are refused leave the gateway whole when the client resets", async () => {
    const upstream = await startUpstream((_request, response) => response.end("ok"));
    const gateway = await startGateway(upstream);
    for (let i = 0; i < 20; i++) {
      const client = await gateway.client();
      const gone = once(client.socket, "close");
      // With the first bytes of the answer, before its end is read: what follows meets a reset.
      client.socket.once("data", () => client.socket.resetAndDestroy());
      client.send("GET /x HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\n");
      await gone;
      expect(client.received).toMatch(/^HTTP\/1\.1 403/);
    }
    const client = await gateway.client();
    client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    await client.until("ok");
  });

  test("of CONNECT carry bytes both ways", async () => {
    let target = "";
    const upstream = await startUpstream(
      () => undefined,
      (server) =>
        server.on("connect", (request, socket) => {
          target = request.url!;
          socket.write("HTTP/1.1 200 OK\r\n\r\n");
          socket.on("data", (chunk: Buffer) => socket.write(`echo ${chunk.toString()}`));
        }),
    );
    const client = await (await startGateway(upstream)).client();
    client.send("CONNECT host:443 HTTP/1.1\r\nHost: host:443\r\n\r\n");
    await client.until("200 OK");
    client.send("hello");
    await client.until("echo hello");
    expect(target).toBe("host:443");
  });
});
