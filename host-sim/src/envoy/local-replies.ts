/** How does a stream answer by itself? It depends on how far the upstream's answer has come (Envoy: FilterManager::sendLocalReply). */
import { BodyBuffer } from "./body-buffer.ts";
import type { FilterPath } from "./filter-path.ts";
import type { LocalReply } from "./filter.ts";
import type { HeaderMap } from "./header-map.ts";
import { isGrpcRequest, prepareLocalReply, type PreparedReply } from "./local-reply.ts";
import type { StreamInfo } from "./stream-info.ts";

/** What is needed of the stream. */
export interface ReplyingStream {
  readonly decoder: FilterPath;
  readonly encoder: FilterPath;
  readonly info: StreamInfo;
  readonly requestHeaders: HeaderMap | null;
  readonly responseHeaders: HeaderMap | null;
  readonly headersSent: boolean;
  encodeHeaders(headers: HeaderMap, endStream: boolean): void;
  encodeData(data: BodyBuffer, endStream: boolean): void;
  sendDirectly(headers: HeaderMap, body: Uint8Array | null): void;
  resetStream(): void;
}

export class LocalReplies {
  /** Envoy closes a connection of HTTP/1 after it: where its messages end can't be trusted. */
  saidBadRequest = false;
  private prepared: LocalReply | null = null;
  private readonly stream: ReplyingStream;

  constructor(stream: ReplyingStream) {
    this.stream = stream;
  }

  send(reply: LocalReply): void {
    const { stream } = this;
    const { decoder, encoder } = stream;
    if (decoder.calling !== null) decoder.aborted = true;
    else if (encoder.calling !== null) encoder.aborted = true;
    stream.info.responseCodeDetails = reply.details;
    this.saidBadRequest ||= reply.code === 400;
    if (stream.responseHeaders === null) {
      // Never re-enter filters from within one of their callbacks.
      if (decoder.calling !== null) this.prepared ??= reply;
      else this.replyThroughFilters(reply);
    } else if (!stream.headersSent) {
      const { headers, body } = this.prepare(reply);
      stream.sendDirectly(headers, body);
    } else {
      stream.resetStream();
    }
  }

  executePrepared(): void {
    const reply = this.prepared;
    this.prepared = null;
    if (reply !== null && this.stream.responseHeaders === null) this.replyThroughFilters(reply);
  }

  private replyThroughFilters(reply: LocalReply): void {
    const { headers, body } = this.prepare(reply);
    this.stream.encodeHeaders(headers, body === null);
    if (body !== null) this.stream.encodeData(BodyBuffer.of(body), true);
  }

  private prepare(reply: LocalReply): PreparedReply {
    const headers = this.stream.requestHeaders;
    return prepareLocalReply(reply, {
      isHead: headers?.getFirst(":method") === "HEAD",
      isGrpc: headers !== null && isGrpcRequest(headers),
    });
  }
}
