/** How does a test drive one request step by step, and what has come back so far? */
import { settle } from "./envoy/clock.ts";
import { HeaderMap } from "./envoy/header-map.ts";
import type { Patience } from "./patience.ts";
import type { DownstreamCallbacks, StreamDecoder } from "./envoy/http.ts";

export class ClientStream implements DownstreamCallbacks {
  /** `null`: no answer has begun. */
  headers: HeaderMap | null = null;
  trailers: HeaderMap | null = null;
  /** The answer is complete. */
  ended = false;
  /** The gateway cut the stream off. */
  wasReset = false;
  /** Too much is held: an honest client sends no more now. */
  heldBack = false;
  private readonly chunks: Uint8Array[] = [];
  private readonly watchers = new Set<() => void>();
  private decoder: StreamDecoder | null = null;
  private readonly patience: Patience;

  constructor(patience: Patience) {
    this.patience = patience;
  }

  attach(decoder: StreamDecoder): void {
    this.decoder = decoder;
  }

  // What the client does

  send(data: string | Uint8Array, endStream = false): void {
    const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
    if (bytes.length > 0 || endStream) this.decoder?.decodeData(bytes, endStream);
  }

  end(): void {
    this.send("", true);
  }

  sendTrailers(trailers: Iterable<readonly [string, string]>): void {
    this.decoder?.decodeTrailers(new HeaderMap(trailers));
  }

  /** The client goes away. */
  reset(): void {
    this.decoder?.onDownstreamReset();
    this.changed();
  }

  /** The client takes no more of the answer (true), or takes it again. */
  block(blocked: boolean): void {
    this.decoder?.setDownstreamBlocked(blocked);
  }

  // What the client sees

  get status(): number | undefined {
    return this.headers === null ? undefined : Number(this.headers.getFirst(":status"));
  }

  /** All bytes of the answer so far. */
  get body(): Uint8Array {
    return Buffer.concat(this.chunks);
  }

  get text(): string {
    return new TextDecoder().decode(this.body);
  }

  /** Waits until `condition` holds; it is looked at whenever something of the answer came. Rejects at the deadline. */
  async until(condition: (stream: this) => boolean): Promise<void> {
    await settle();
    await this.patience.wait(this.hold(condition));
  }

  /** The same, and for ever: for those that another wait stands behind. */
  async untilEver(condition: (stream: this) => boolean): Promise<void> {
    await settle();
    await this.hold(condition);
  }

  private async hold(condition: (stream: this) => boolean): Promise<void> {
    while (!condition(this)) await new Promise<void>((resolve) => this.watchers.add(resolve));
  }

  /** Waits for the end of the answer, or its being cut off. */
  async finished(): Promise<void> {
    await this.until(() => this.ended || this.wasReset);
  }

  // From the gateway

  encodeHeaders(headers: HeaderMap, endStream: boolean): void {
    this.headers = headers;
    this.ended = endStream;
    this.changed();
  }

  encodeData(data: Uint8Array, endStream: boolean): void {
    if (data.length > 0) this.chunks.push(data);
    this.size += data.length;
    this.ended = endStream;
    this.changed();
  }

  encodeTrailers(trailers: HeaderMap): void {
    this.trailers = trailers;
    this.ended = true;
    this.changed();
  }

  resetStream(): void {
    this.wasReset = true;
    this.changed();
  }

  onAboveHighWatermark(): void {
    this.heldBack = true;
  }

  onBelowLowWatermark(): void {
    this.heldBack = false;
    this.changed();
  }

  /** Bytes of the answer so far. */
  size = 0;

  /** What came behind the first `offset` bytes; `offset` is at the border of a chunk. */
  *chunksFrom(offset: number): Iterable<Uint8Array> {
    let at = 0;
    for (const chunk of this.chunks) {
      if (at >= offset) yield chunk;
      at += chunk.length;
    }
  }

  private changed(): void {
    const watchers = [...this.watchers];
    this.watchers.clear();
    for (const watch of watchers) watch();
  }
}
