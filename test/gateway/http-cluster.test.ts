/** How does a cluster tell that an upstream failed? In Envoy's reasons, and never before the caller has returned. */
import { createServer, type Server, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { HeaderMap } from "../../host-sim/src/envoy/header-map.ts";
import type { UpstreamCallbacks, UpstreamRequest } from "../../host-sim/src/envoy/http.ts";
import { HttpCluster } from "../../host-sim/src/gateway/http-cluster.ts";
import { waitFor } from "./support/raw-client.ts";

interface Asked {
  readonly events: string[];
  readonly request: UpstreamRequest;
}

function ask(cluster: HttpCluster, extra: readonly (readonly [string, string])[] = []): Asked {
  const events: string[] = [];
  const callbacks: UpstreamCallbacks = {
    decodeHeaders: (headers) => events.push(`status ${headers.get(":status")}`),
    decodeData: (_data, end) => void (end && events.push("end")),
    decodeTrailers: () => events.push("trailers"),
    onResetStream: (reason, details) =>
      events.push(details === "" ? reason : `${reason}: ${details}`),
    onUpstreamBlocked: () => undefined,
  };
  const request = cluster.newStream(callbacks);
  const head: [string, string][] = [[":method", "GET"], [":path", "/"], [":authority", "h"]]; // prettier-ignore
  request.encodeHeaders(new HeaderMap([...head, ...extra]), true);
  expect(events).toEqual([]);
  return { events, request };
}

async function clusterFor(
  handler: (socket: Socket) => void,
  scheme = "http",
): Promise<HttpCluster> {
  const server: Server = createServer((socket) => {
    socket.on("error", () => undefined);
    handler(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return open(`${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

async function open(url: string, maxRequests?: number): Promise<HttpCluster> {
  const cluster = await HttpCluster.create({ name: "c", url, ...(maxRequests && { maxRequests }) });
  onTestFinished(() => cluster.close());
  return cluster;
}

async function outcome(asked: Asked): Promise<string> {
  await waitFor(
    () => asked.events.length > 0,
    () => "an outcome",
  );
  return asked.events.join(", ");
}

const answerWith = (text: string) => (socket: Socket) =>
  void socket.once("data", () => socket.end(text));

test("a refused connection is a connection failure", async () => {
  const cluster = await open("http://127.0.0.1:9");
  expect(await outcome(ask(cluster))).toBe(
    "connection failure: delayed connect error: Connection refused",
  );
  expect(cluster.stats).toMatchObject({ upstream_cx_connect_fail: 1, upstream_rq_active: 0 });
});

test("TLS spoken to a plain port is a connection failure", async () => {
  const cluster = await clusterFor(answerWith("what?\r\n"), "https");
  expect(await outcome(ask(cluster))).toMatch(/^connection failure: TLS_error/);
});

test("a connection that ends before the answer is a connection termination", async () => {
  const cluster = await clusterFor((socket) => void socket.once("data", () => socket.destroy()));
  expect(await outcome(ask(cluster))).toBe("connection termination");
});

test("an answer that is no HTTP is a protocol error", async () => {
  expect(await outcome(ask(await clusterFor(answerWith("what?\r\n\r\n"))))).toBe("protocol error");
});

test("an answer that breaks off is reset after its head", async () => {
  const asked = ask(await clusterFor(answerWith("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nx")));
  await waitFor(
    () => asked.events.length === 2,
    () => asked.events.join(),
  );
  expect(asked.events).toEqual(["status 200", "protocol error"]);
});

test("a header that can't be written is a protocol error, not an exception", async () => {
  const cluster = await clusterFor(() => undefined);
  expect(await outcome(ask(cluster, [["x", "a\r\nb"]]))).toMatch(/^protocol error/);
  expect(cluster.stats.upstream_rq_active).toBe(0);
});

test("more requests at once than the circuit breaker lets are refused", async () => {
  const waiting = await clusterFor(() => undefined);
  const cluster = await open(waiting.url, 1);
  ask(cluster);
  expect(await outcome(ask(cluster))).toBe("overflow");
  expect(cluster.stats.upstream_rq_pending_overflow).toBe(1);
});

test("a reset request tells nothing any more", async () => {
  const cluster = await clusterFor(() => undefined);
  const asked = ask(cluster);
  await waitFor(
    () => cluster.stats.upstream_rq_active === 1,
    () => "the request",
  );
  asked.request.resetStream();
  expect(cluster.stats.upstream_rq_active).toBe(0);
  asked.request.encodeData(new Uint8Array(1), true);
  expect(asked.events).toEqual([]);
});

test("a name that does not resolve leaves the cluster without hosts", async () => {
  const cluster = await open("http://nowhere.invalid");
  expect(cluster.hasHosts).toBe(false);
  expect(await outcome(ask(cluster))).toBe("connection failure: no healthy upstream");
});
