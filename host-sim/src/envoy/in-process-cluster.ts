/**
 * How does a function of a test become an upstream? It gets a WHATWG Request, whose body it may read as a stream, and
 * answers with a Response. Throwing is a connection that fails, before or in the middle of an answer.
 */
import { HeaderMap } from "./header-map.ts";
import type { Cluster, UpstreamCallbacks, UpstreamRequest } from "./http.ts";

export type Handler = (request: Request) => Response | Promise<Response>;

/** Headers that WHATWG forbids or that travel elsewhere. */
const unsendable = /^(:.*|connection|transfer-encoding|keep-alive|upgrade|expect|te|host)$/;

export class InProcessCluster implements Cluster {
  readonly name: string;
  readonly hasHosts = true;
  private readonly handler: Handler;

  constructor(name: string, handler: Handler) {
    this.name = name;
    this.handler = handler;
  }

  newStream(callbacks: UpstreamCallbacks): UpstreamRequest {
    return new InProcessStream(this.handler, callbacks);
  }

  async close(): Promise<void> {}
}

class InProcessStream implements UpstreamRequest {
  private readonly handler: Handler;
  private readonly callbacks: UpstreamCallbacks;
  private body: ReadableStreamDefaultController<Uint8Array> | null = null;
  private reader: ReadableStreamDefaultReader<Uint8Array> | null = null;
  private ended = false;
  private held = 0;
  private resume: (() => void) | null = null;
  private blocked = false;
  private onRequestEnd: (() => void) | null = null;

  constructor(handler: Handler, callbacks: UpstreamCallbacks) {
    this.handler = handler;
    this.callbacks = callbacks;
  }

  encodeHeaders(headers: HeaderMap, endStream: boolean): void {
    const method = headers.getFirst(":method") ?? "GET";
    const bodiless = endStream || method === "GET" || method === "HEAD";
    const body = bodiless ? null : this.createBody();
    const url = `http://${headers.getFirst(":authority") ?? "localhost"}${headers.getFirst(":path") ?? "/"}`;
    const init = { method, headers: requestHeaders(headers), body, duplex: "half" as const };
    queueMicrotask(() => void this.run(url, init));
  }

  private createBody(): ReadableStream<Uint8Array> {
    const stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => void (this.body = controller),
        pull: () => this.setBlocked(false),
        cancel: () => void (this.body = null),
      },
      new ByteLengthQueuingStrategy({ highWaterMark: 1024 * 1024 }),
    );
    return stream;
  }

  encodeData(data: Uint8Array, endStream: boolean): void {
    // The guest's, or the client's, buffer may change; a stream's chunk may not.
    if (data.length > 0) this.body?.enqueue(data.slice());
    if (endStream) this.closeBody();
    else if (this.body !== null && (this.body.desiredSize ?? 1) <= 0) this.setBlocked(true);
  }

  encodeTrailers(): void {
    this.closeBody();
  }

  private closeBody(): void {
    this.body?.close();
    this.body = null;
    this.onRequestEnd?.();
  }

  private setBlocked(blocked: boolean): void {
    if (this.blocked === blocked || this.ended) return;
    this.blocked = blocked;
    this.callbacks.onUpstreamBlocked(blocked);
  }

  private async run(url: string, init: RequestInit & { duplex: "half" }): Promise<void> {
    try {
      const request = new Request(url, init);
      const response = await this.handler(request);
      if (!request.bodyUsed) await this.requestEnd(request);
      await this.answer(response);
    } catch (error) {
      if (this.ended) return;
      this.ended = true;
      const details = error instanceof Error ? error.message : String(error);
      const reason = this.reader === null ? "connection failure" : "connection termination";
      this.callbacks.onResetStream(reason, details);
    }
  }

  /** A handler that does not look at the body answers like a server that reads it all first. */
  private async requestEnd(request: Request): Promise<void> {
    if (this.body === null) return;
    const ended = new Promise<void>((resolve) => (this.onRequestEnd = resolve));
    void request.body?.cancel().catch(() => {});
    await ended;
  }

  private async answer(response: Response): Promise<void> {
    if (this.ended) return;
    const headers = responseHeaders(response);
    if (response.body === null) {
      this.ended = true;
      this.callbacks.decodeHeaders(headers, true);
      return;
    }
    this.callbacks.decodeHeaders(headers, false);
    this.reader = response.body.getReader() as ReadableStreamDefaultReader<Uint8Array>;
    for (let part = await this.reader.read(); !part.done; part = await this.reader.read()) {
      await this.readable();
      if (this.ended) return;
      if (part.value.length > 0) this.callbacks.decodeData(part.value, false);
    }
    if (this.ended) return;
    this.ended = true;
    this.callbacks.decodeData(new Uint8Array(0), true);
  }

  private async readable(): Promise<void> {
    while (this.held > 0 && !this.ended) {
      await new Promise<void>((resolve) => (this.resume = resolve));
    }
  }

  readDisable(disable: boolean): void {
    this.held += disable ? 1 : -1;
    if (this.held === 0) this.resume?.();
  }

  resetStream(): void {
    if (this.ended) return;
    this.ended = true;
    this.body?.error(new Error("the gateway reset the stream"));
    this.body = null;
    this.onRequestEnd?.();
    void this.reader?.cancel().catch(() => {});
    this.resume?.();
  }
}

function requestHeaders(headers: HeaderMap): [string, string][] {
  return headers.entries.filter(([name]) => !unsendable.test(name));
}

/** WHATWG headers are byte strings already; `set-cookie` alone keeps its repeats. */
function responseHeaders(response: Response): HeaderMap {
  const headers = new HeaderMap([[":status", String(response.status)]], "response");
  for (const [name, value] of response.headers) headers.add(name, value);
  return headers;
}

/** A host name that resolved to nothing: every call and request to it is refused at once. */
export class EmptyCluster implements Cluster {
  readonly name: string;
  readonly hasHosts = false;

  constructor(name: string) {
    this.name = name;
  }

  newStream(callbacks: UpstreamCallbacks): UpstreamRequest {
    queueMicrotask(() => callbacks.onResetStream("connection failure", "no healthy upstream"));
    const ignore = (): void => {};
    return {
      encodeHeaders: ignore,
      encodeData: ignore,
      encodeTrailers: ignore,
      resetStream: ignore,
      readDisable: ignore,
    };
  }

  async close(): Promise<void> {}
}
