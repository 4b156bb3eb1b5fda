/** How does a test speak HTTP/2 to a gateway without TLS (h2c with prior knowledge), as gRPC does? */
import { connect } from "node:http2";
import type { ClientHttp2Session, ClientHttp2Stream, OutgoingHttpHeaders } from "node:http2";
import type { Target } from "./client.ts";
import { within } from "./deadline.ts";

export interface Http2Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
  readonly trailers: Readonly<Record<string, unknown>>;
}

export class Http2Client {
  readonly session: ClientHttp2Session;

  constructor(target: Target) {
    this.session = connect(`http://${target.host}:${target.port}`);
    this.session.on("error", () => {}); // told to whoever waits for an answer
  }

  open(headers: OutgoingHttpHeaders, endStream = false): ClientHttp2Stream {
    const stream = this.session.request(headers, { endStream });
    stream.on("error", () => {});
    return stream;
  }

  /** One request with its whole body. */
  async request(headers: OutgoingHttpHeaders, body?: Uint8Array): Promise<Http2Answer> {
    const stream = this.open(headers, body === undefined);
    const answer = answerOf(stream);
    if (body !== undefined) stream.end(body);
    return within(`answer to ${String(headers[":path"])}`, answer, 15_000);
  }

  close(): void {
    this.session.destroy();
  }
}

/** Resolves at the end of the stream; rejects if it was cut off before. */
export function answerOf(stream: ClientHttp2Stream): Promise<Http2Answer> {
  return new Promise((resolve, reject) => {
    let headers: Record<string, unknown> = {};
    let trailers: Record<string, unknown> = {};
    const chunks: Buffer[] = [];
    stream.on("response", (got) => {
      headers = got;
    });
    stream.on("trailers", (got: Record<string, unknown>) => {
      trailers = got;
    });
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("close", () => {
      if (headers[":status"] === undefined) return reject(new Error(`reset ${stream.rstCode}`));
      const body = Buffer.concat(chunks);
      resolve({ status: Number(headers[":status"]), headers, body, trailers });
    });
  });
}
