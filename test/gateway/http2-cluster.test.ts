/** How does a cluster of HTTP/2 carry requests? Against node:http2, with prior knowledge and with TLS. */
import {
  createSecureServer,
  createServer,
  type Http2Server,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { AddressInfo } from "node:net";
import { generate } from "selfsigned";
import { expect, onTestFinished, test } from "vitest";
import { HeaderMap } from "../../host-sim/src/envoy/header-map.ts";
import type { UpstreamCallbacks, UpstreamRequest } from "../../host-sim/src/envoy/http.ts";
import { HttpCluster } from "../../host-sim/src/gateway/http-cluster.ts";
import { eventually } from "../support/deadline.ts";

interface Peer {
  readonly url: string;
  readonly sessions: ServerHttp2Session[];
}

type Handler = (stream: ServerHttp2Stream, headers: Record<string, unknown>) => void;

async function peer(handler: Handler, tls = false, maxConcurrentStreams = 100): Promise<Peer> {
  const settings = { settings: { maxConcurrentStreams } };
  const server: Http2Server = tls
    ? createSecureServer({ ...settings, ...(await certificate()) })
    : createServer(settings);
  const sessions: ServerHttp2Session[] = [];
  server.on("session", (session) => void sessions.push(session));
  server.on("sessionError", () => {});
  server.on("stream", (stream, headers) => {
    stream.on("error", () => {});
    handler(stream, headers);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return { url: `${tls ? "h2s" : "h2"}://127.0.0.1:${port}`, sessions };
}

async function certificate(): Promise<{ key: string; cert: string }> {
  const pem = await generate([{ name: "commonName", value: "127.0.0.1" }]);
  return { key: pem.private, cert: pem.cert };
}

async function clusterOf(url: string, insecure = true): Promise<HttpCluster> {
  const cluster = await HttpCluster.create({ name: "c", url, insecure });
  onTestFinished(() => cluster.close());
  return cluster;
}

interface Asked {
  readonly events: string[];
  readonly request: UpstreamRequest;
}

const head = [[":method", "POST"], [":path", "/p"], [":authority", "a.test"], [":scheme", "http"]] as const; // prettier-ignore

function ask(
  cluster: HttpCluster,
  endStream = true,
  extra: readonly (readonly [string, string])[] = [],
): Asked {
  const events: string[] = [];
  const callbacks: UpstreamCallbacks = {
    decodeHeaders: (headers, end) => events.push(`${headers.get(":status")}${end ? " end" : ""}`),
    decodeData: (data, end) => events.push(`${Buffer.from(data).toString()}${end ? " end" : ""}`),
    decodeTrailers: (trailers) => events.push(`trailers ${trailers.entries.join()}`),
    onResetStream: (reason, details) =>
      events.push(details === "" ? reason : `${reason}: ${details}`),
    onUpstreamBlocked: (blocked) => events.push(blocked ? "blocked" : "unblocked"),
  };
  const request = cluster.newStream(callbacks);
  request.encodeHeaders(new HeaderMap([...head, ...extra]), endStream);
  return { events, request };
}

const echo: Handler = (stream) => {
  stream.respond({ ":status": 200 }, { waitForTrailers: true });
  stream.on("trailers", (trailers) =>
    stream.once("wantTrailers", () => stream.sendTrailers(trailers)),
  );
  stream.pipe(stream);
};

const outcome = (asked: Asked, count: number): Promise<string[]> =>
  eventually(`${count} events, not ${asked.events.join()}`, () =>
    asked.events.length >= count ? asked.events : undefined,
  );

test.each([false, true])("headers, body and trailers go there and back (TLS: %s)", async (tls) => {
  const { url } = await peer(echo, tls);
  const asked = ask(await clusterOf(url), false, [["x", "\xfe"]]);
  asked.request.encodeData(Buffer.from("hello"), false);
  asked.request.encodeTrailers(new HeaderMap([["t", "1"]]));
  expect(await outcome(asked, 3)).toEqual(["200", "hello", "trailers t,1"]);
});

test("a certificate that nobody vouches for is refused unless one says so", async () => {
  const { url } = await peer(echo, true);
  const asked = ask(await clusterOf(url, false));
  expect(await outcome(asked, 1)).toEqual([
    "connection failure: TLS_error: DEPTH_ZERO_SELF_SIGNED_CERT",
  ]);
});

test("requests share a connection until its peer takes no more, and then get another", async () => {
  const open: ServerHttp2Stream[] = [];
  const { url, sessions } = await peer((stream) => void open.push(stream), false, 2);
  const cluster = await clusterOf(url);
  const first = ask(cluster);
  // The peer's limit is known once its settings have come.
  await eventually("the first request is there", () => open.length === 1 || undefined);
  const others = [ask(cluster), ask(cluster)];
  await eventually("all are there", () => open.length === 3 || undefined);
  expect(sessions).toHaveLength(2);
  for (const stream of open) stream.respond({ ":status": 204 }, { endStream: true });
  for (const each of [first, ...others]) expect(await outcome(each, 1)).toEqual(["204 end"]);
  expect(cluster.stats.upstream_rq_active).toBe(0);
});

test("a request that is cancelled ends for its peer too, and the connection serves on", async () => {
  const codes: number[] = [];
  const { url, sessions } = await peer((stream, headers) => {
    if (headers["x-hold"] === undefined)
      return stream.respond({ ":status": 204 }, { endStream: true });
    stream.on("close", () => codes.push(stream.rstCode));
  });
  const cluster = await clusterOf(url);
  const held = ask(cluster, true, [["x-hold", "1"]]);
  await eventually("the connection stands", () => sessions.length === 1 || undefined);
  held.request.resetStream();
  expect(await outcome(ask(cluster), 1)).toEqual(["204 end"]);
  await eventually("the peer knows", () => codes.length === 1 || undefined);
  expect([codes, sessions.length, held.events]).toEqual([[8], 1, []]);
});

test("a peer that takes nothing holds the sender back", async () => {
  let stalled: ServerHttp2Stream | undefined;
  const { url } = await peer((stream) => void (stalled = stream.pause()));
  const asked = ask(await clusterOf(url), false);
  asked.request.encodeData(Buffer.alloc(1_000_000), false);
  expect(await outcome(asked, 1)).toEqual(["blocked"]);
  await eventually("the request is there", () => stalled);
  stalled!.resume();
  expect(await outcome(asked, 2)).toEqual(["blocked", "unblocked"]);
});

test("a connection that its peer ends is replaced", async () => {
  const { url, sessions } = await peer((stream) =>
    stream.respond({ ":status": 204 }, { endStream: true }),
  );
  const cluster = await clusterOf(url);
  expect(await outcome(ask(cluster), 1)).toEqual(["204 end"]);
  const [first] = sessions;
  await new Promise<void>((resolve) => first!.close(resolve));
  await eventually("a request goes over a new connection", async () => {
    const events = await outcome(ask(cluster), 1);
    return events[0] === "204 end" && sessions.length === 2 ? events : undefined;
  });
});

test("an upgrade is refused with its reason", async () => {
  const { url } = await peer(echo);
  const asked = ask(await clusterOf(url), false, [["upgrade", "websocket"]]);
  expect(await outcome(asked, 1)).toEqual([
    "protocol error: upgrades and CONNECT are not sent over HTTP/2",
  ]);
});
