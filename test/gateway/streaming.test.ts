/** Do bodies flow through the gateway as they come, at the pace of whoever is slower, and without being gathered? */
import { createServer, connect, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import { createHash, randomBytes } from "node:crypto";
import { describe, expect, onTestFinished, test } from "vitest";
import { startGateway, startUpstream } from "./support/gateway-fixture.ts";
import { waitFor } from "./support/raw-client.ts";

const MIB = 1024 * 1024;

/** An upstream that takes connections and reads nothing until it is told to. */
async function startStuckUpstream(): Promise<{
  url: string;
  connection: () => Socket | undefined;
}> {
  let connection: Socket | undefined;
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    connection = socket;
    socket.on("error", () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    connection?.destroy();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, connection: () => connection };
}

describe("a body", () => {
  test("reaches the upstream piece by piece, before it is whole, and so does the answer", async () => {
    const pieces: string[] = [];
    const upstream = await startUpstream((request, response) => {
      request.on("data", (chunk: Buffer) => {
        pieces.push(chunk.toString());
        response.write(`got ${chunk.toString()};`);
      });
      request.on("end", () => response.end("end"));
    });
    const client = await (await startGateway(upstream)).client();
    client.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n");
    await client.until("got one;");
    expect(pieces).toEqual(["one"]);
    client.send("3\r\ntwo\r\n0\r\n\r\n");
    await client.until("got two;");
    await client.until("0\r\n\r\n");
  });

  test.each([0, 1, 65_535, 65_536, 65_537, MIB, 5_000_000])(
    "of %i bytes arrives whole, both ways",
    async (size) => {
      const body = randomBytes(size);
      const upstream = await startUpstream((request, response) => void request.pipe(response));
      const { port } = await startGateway(upstream);
      const answer = await fetch(`http://127.0.0.1:${port}/`, { method: "POST", body });
      const received = Buffer.from(await answer.arrayBuffer());
      const md5 = (bytes: Uint8Array): string => createHash("md5").update(bytes).digest("hex");
      expect(md5(received)).toBe(md5(body));
    },
  );

  test("of 50 MiB for an upstream that does not read stops the client, in bounded memory", async () => {
    const stuck = await startStuckUpstream();
    const gateway = await startGateway(stuck.url);
    const total = 50 * MIB;
    const client = await gateway.client();
    client.send(`POST / HTTP/1.1\r\nHost: h\r\nContent-Length: ${total}\r\n\r\n`);
    const chunk = Buffer.alloc(MIB, "a");
    let handedOver = 0;
    const pump = (): void => {
      while (handedOver < total) {
        handedOver += chunk.length;
        if (!client.socket.write(chunk)) return void client.socket.once("drain", pump);
      }
    };
    pump();
    await waitFor(
      () => gateway.seen[0] !== undefined && settled(gateway.seen[0].bytes),
      () => "a stop",
    );
    // What the kernel's buffers of two connections take, and ours.
    expect(gateway.seen[0]!.bytes).toBeLessThan(16 * MIB);
    expect(handedOver).toBeLessThan(total);
    stuck.connection()?.resume();
    await waitFor(
      () => gateway.seen[0]!.bytes === total,
      () => `${gateway.seen[0]!.bytes} of ${total} bytes`,
    );
  });

  test("of an answer of 50 MiB for a client that does not read stops the upstream", async () => {
    let written = 0;
    const total = 50 * MIB;
    const upstream = await startUpstream((_request, response) => {
      const chunk = Buffer.alloc(MIB, "a");
      const pump = (): void => {
        while (written < total) {
          written += chunk.length;
          if (!response.write(chunk)) return void response.once("drain", pump);
        }
        response.end();
      };
      pump();
    });
    const { port } = await startGateway(upstream);
    const client = connect(port, "127.0.0.1");
    onTestFinished(() => void client.destroy());
    client.pause();
    client.write("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    await waitFor(
      () => written > 0 && settled(written),
      () => "a stop",
    );
    expect(written).toBeLessThan(24 * MIB);
    let received = 0;
    client.on("data", (chunk) => (received += chunk.length));
    client.resume();
    await waitFor(
      () => received > total,
      () => `${received} of ${total} bytes`,
    );
  });
});

/** True once a number has been the same for a while. */
let last = { value: -1, since: 0 };
function settled(value: number): boolean {
  if (value !== last.value) last = { value, since: Date.now() };
  return Date.now() - last.since > 300;
}

describe("a broken answer", () => {
  test("cuts the client off, after what came before", async () => {
    const upstream = await startUpstream((_request, response) => {
      response.writeHead(200, { "content-length": "20" });
      response.write("half", () => response.destroy());
    });
    const client = await (await startGateway(upstream)).client();
    client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    expect(await client.untilClosed()).toMatch(/content-length: 20\r\n[^]*half$/);
  });
});
