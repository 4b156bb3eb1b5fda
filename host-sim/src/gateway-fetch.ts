/** How does a WHATWG Request go through the gateway, and how does its Response come back? */
import { ClientStream } from "./client-stream.ts";
import type { Delivery } from "./gateway-options.ts";

export interface FetchInit extends RequestInit, Delivery {
  /** Sent as they are, in this order, besides `headers`: repeats, odd names, bytes as chars U+0000–U+00FF. */
  readonly rawHeaders?: Iterable<readonly [string, string]>;
  /** Sent behind the body. */
  readonly trailers?: Iterable<readonly [string, string]>;
}

/** A Response with the trailers that came behind its body. */
export type GatewayResponse = Response & { readonly trailers: Promise<Headers> };

export interface OutgoingRequest {
  readonly headers: [string, string][];
  readonly body: AsyncIterable<Uint8Array> | null;
}

const base = "http://gateway.test";
const bodiless = new Set([204, 205, 304]);

export async function outgoingRequest(
  input: string | URL | Request,
  init: FetchInit,
): Promise<OutgoingRequest> {
  const request = input instanceof Request ? input : null;
  const url = new URL(input instanceof Request ? input.url : input, base);
  const headers = new Headers(init.headers ?? request?.headers);
  const method = init.method ?? request?.method ?? "GET";
  const body = await bodyOf(init, request, headers);
  const host = headers.get("host") ?? url.host;
  headers.delete("host");
  const list: [string, string][] = [
    [":authority", host],
    [":path", requestTarget(input, url)],
    [":method", method.toUpperCase()],
    [":scheme", url.protocol.replace(":", "")],
    ...headers,
    ...[...(init.rawHeaders ?? [])].map(([name, value]): [string, string] => [name, value]),
  ];
  return { headers: list, body };
}

/** As it was written: `new URL` would normalize `/a/../b`, which filters must see. */
function requestTarget(input: string | URL | Request, url: URL): string {
  if (typeof input !== "string") return url.pathname + url.search;
  const path = input.replace(/^[a-z]+:\/\/[^/?#]*/i, "").split("#")[0] ?? "";
  return path.startsWith("/") ? path : `/${path}`;
}

/** A body whose length is known is announced by it, any other is chunked. */
async function bodyOf(
  init: FetchInit,
  request: Request | null,
  headers: Headers,
): Promise<AsyncIterable<Uint8Array> | null> {
  const given = init.body ?? null;
  if (given === null && request?.body == null) return null;
  const framed = headers.has("content-length") || headers.has("transfer-encoding");
  if (given instanceof ReadableStream) {
    if (!framed) headers.set("transfer-encoding", "chunked");
    return given as AsyncIterable<Uint8Array>;
  }
  const carrier = given === null ? request! : new Response(given);
  const type = carrier.headers.get("content-type");
  if (type !== null && !headers.has("content-type")) headers.set("content-type", type);
  const bytes = new Uint8Array(await carrier.arrayBuffer());
  if (!framed) headers.set("content-length", String(bytes.length));
  return whole(bytes);
}

// eslint-disable-next-line @typescript-eslint/require-await -- a body is read as it comes
async function* whole(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}

/** Sends the body as the delivery says, no faster than the gateway takes it. */
export async function sendBody(
  client: ClientStream,
  body: AsyncIterable<Uint8Array>,
  init: FetchInit,
): Promise<void> {
  const trailers = init.trailers === undefined ? null : [...init.trailers];
  const onLast = init.endOfStream === "last" && trailers === null;
  let pending: Uint8Array | null = null;
  for await (const chunk of pieces(body, init.chunkSize ?? 65_536)) {
    if (pending !== null) client.send(pending);
    pending = onLast ? chunk : null;
    if (!onLast) client.send(chunk);
    await client.untilEver(() => !client.heldBack || client.ended || client.wasReset);
    if (client.ended || client.wasReset) return;
  }
  if (trailers !== null) client.sendTrailers(trailers);
  else client.send(pending ?? "", true);
}

async function* pieces(body: AsyncIterable<Uint8Array>, size: number): AsyncIterable<Uint8Array> {
  for await (const chunk of body) {
    for (let at = 0; at < chunk.length; at += size) yield chunk.subarray(at, at + size);
  }
}

export async function responseOf(client: ClientStream): Promise<GatewayResponse> {
  await client.until(() => client.headers !== null || client.wasReset);
  const { headers, status } = client;
  if (headers === null || status === undefined) {
    throw new TypeError("fetch failed", { cause: new Error("the gateway cut the connection") });
  }
  const list = headers.entries.filter(([name]) => !name.startsWith(":"));
  const body = bodiless.has(status) ? null : bodyStream(client);
  const response = new Response(body, { status: Math.max(status, 200), headers: list });
  // 101 is an answer that Response refuses to be made with.
  if (status < 200) Object.defineProperty(response, "status", { value: status });
  const trailers = client
    .untilEver(() => client.ended || client.wasReset)
    .then(() => new Headers(client.trailers?.entries ?? []));
  return Object.assign(response, { trailers });
}

function bodyStream(client: ClientStream): ReadableStream<Uint8Array> {
  let taken = 0;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      await client.until(() => client.size > taken || client.ended || client.wasReset);
      for (const chunk of client.chunksFrom(taken)) {
        taken += chunk.length;
        controller.enqueue(chunk);
      }
      if (client.ended) controller.close();
      else if (client.wasReset) controller.error(new TypeError("terminated"));
    },
    cancel() {
      client.reset();
    },
  });
}
