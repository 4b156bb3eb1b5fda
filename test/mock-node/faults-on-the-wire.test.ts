/** What is on the wire under a fault, byte by byte, and how does the connection end? */
import { connect, type Socket } from "node:net";
import { encode } from "@msgpack/msgpack";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createMockNode, type MockNode } from "../../host-sim/src/mock-node/index.ts";
import { call, requestMessage, verdict, type Wire } from "./connector-client.ts";

let node: MockNode;
beforeEach(async () => {
  node = await createMockNode({ route_config: { wallarm_mode: "block" } });
});
afterEach(() => node.close());

interface RawAnswer {
  /** Everything that came, as latin1. */
  readonly text: string;
  readonly end: "close" | "reset" | "still open";
}

/** Sends one call over a raw connection and gathers every byte until its end, or for `ms`. */
function rawCall(message: Wire, ms = 10_000): Promise<RawAnswer> {
  const { hostname, port } = new URL(node.url);
  const body = encode([message], { useBigInt64: true });
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket: Socket = connect(Number(port), hostname);
    const finish = (end: RawAnswer["end"]): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ text: Buffer.concat(chunks).toString("latin1"), end });
    };
    const timer = setTimeout(() => finish("still open"), ms);
    socket.on("data", (chunk) => chunks.push(chunk));
    socket.on("end", () => finish("close"));
    socket.on("error", () => finish("reset"));
    socket.write(
      `POST /connector/v1/messages HTTP/1.1\r\nhost: node\r\ncontent-type: application/msgpack\r\n` +
        `x-wallarm-connector: flex\r\nx-wallarm-connector-version: 0.1.0\r\ncontent-length: ${body.length}\r\n\r\n`,
    );
    socket.write(body);
  });
}

function announced(text: string): { length: number; body: string } {
  const [head = "", body = ""] = text.split("\r\n\r\n", 2);
  return { length: Number(/content-length: (\d+)/i.exec(head)?.[1]), body };
}

describe("faults on the wire", () => {
  it("silence takes the request and sends no byte, and the connection stays", async () => {
    await node.setFaults({ fault: "silence" });
    expect(await rawCall(requestMessage(), 300)).toEqual({ text: "", end: "still open" });
    expect(node.journal.messages()[0]?.faults).toEqual(["silence"]);
  });

  it("reset at the begin sends no byte, and the message is not judged", async () => {
    await node.setFaults({ fault: "reset" });
    const message = requestMessage();
    expect(await rawCall(message)).toEqual({ text: "", end: "reset" });
    expect(node.journal.messages()[0]).toMatchObject({
      action: "error",
      why: expect.stringMatching(/cut unread/) as unknown,
    });
    await node.setFaults([]);
    expect(await verdict(node.url, message)).toMatchObject({ action: "pass" });
  });

  it("reset in the middle sends half of the answer that it announced", async () => {
    await node.setFaults({ fault: "reset", at: "middle" });
    const { text, end } = await rawCall(requestMessage());
    expect(end).toBe("reset");
    expect(announced(text).body).toHaveLength(Math.floor(announced(text).length / 2));
  });

  it("close at the begin closes without a byte", async () => {
    await node.setFaults({ fault: "close" });
    expect(await rawCall(requestMessage())).toEqual({ text: "", end: "close" });
  });

  it.each(["close", "truncated"])(
    "%s in the middle sends half of the body, then closes",
    async (fault) => {
      await node.setFaults({ fault, ...(fault === "close" ? { at: "middle" } : {}) });
      const { text, end } = await rawCall(requestMessage());
      const { length, body } = announced(text);
      expect(end).toBe("close");
      expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
      expect(body).toHaveLength(Math.floor(length / 2));
    },
  );

  it("not-http sends bytes that are no HTTP", async () => {
    await node.setFaults({ fault: "not-http" });
    const { text } = await rawCall(requestMessage());
    expect(text.length).toBeGreaterThan(0);
    expect(text).not.toContain("HTTP");
  });

  it("two-responses sends the same answer twice", async () => {
    await node.setFaults({ fault: "two-responses" });
    const { text } = await rawCall(requestMessage());
    expect(text.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2);
    expect(text.slice(0, text.length / 2)).toBe(text.slice(text.length / 2));
  });

  it("drip sends the whole answer, byte by byte", async () => {
    await node.setFaults({ fault: "drip", ms: 1 });
    const begin = Date.now();
    const { text } = await rawCall(requestMessage());
    const { length, body } = announced(text);
    expect(body).toHaveLength(length);
    expect(Date.now() - begin).toBeGreaterThanOrEqual(text.length);
  });

  it("huge sends as many bytes as it was told, without holding them", async () => {
    await node.setFaults({ fault: "huge", bytes: 20_000_000 });
    const answer = await call(node.url, requestMessage());
    expect([answer.status, answer.body.length]).toEqual([200, 20_000_000]);
  });

  it("huge ends when the client goes away", async () => {
    await node.setFaults({ fault: "huge", bytes: 500_000_000 });
    expect((await rawCall(requestMessage(), 100)).end).toBe("still open");
    await node.setFaults([]);
    expect(await verdict(node.url, requestMessage())).toMatchObject({ action: "pass" });
  });

  it("refuse takes no connections and cuts open ones; the API is there; without it all is as before", async () => {
    const { url, apiUrl } = node;
    await node.setFaults("silence");
    const waiting = rawCall(requestMessage());
    await node.journal.waitForMessage(() => true);
    const put = await fetch(`${apiUrl}/api/faults`, { method: "PUT", body: '{"fault":"refuse"}' });
    expect(put.status).toBe(200);
    expect((await waiting).end).not.toBe("still open");
    await expect(fetch(url)).rejects.toMatchObject({ cause: { code: "ECONNREFUSED" } });
    expect((await fetch(`${apiUrl}/api/faults`, { method: "DELETE" })).status).toBe(204);
    expect(node.url).toBe(url);
    expect(await verdict(url, requestMessage())).toMatchObject({ action: "pass" });
  });
});
