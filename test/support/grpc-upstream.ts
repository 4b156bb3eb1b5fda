/** A gRPC service that gives each message back as it comes: if the gateway held one, client and service would wait for ever. */
import { createServer } from "node:http2";
import type { Http2Server, Http2Session, ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";

export class GrpcUpstream {
  /** Bytes of messages that have come. */
  bytes = 0;
  readonly #server: Http2Server;
  readonly #sessions = new Set<Http2Session>();

  private constructor() {
    this.#server = createServer();
    this.#server.on("session", (session) => this.#sessions.add(session));
    this.#server.on("stream", (stream) => this.#echo(stream));
  }

  static async start(): Promise<GrpcUpstream> {
    const upstream = new GrpcUpstream();
    await new Promise<void>((resolve) => upstream.#server.listen(0, "127.0.0.1", resolve));
    return upstream;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    for (const session of this.#sessions) session.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #echo(stream: ServerHttp2Stream): void {
    stream.on("error", () => {});
    stream.respond(
      { ":status": 200, "content-type": "application/grpc" },
      { waitForTrailers: true },
    );
    stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
    stream.on("data", (data: Buffer) => {
      this.bytes += data.length;
      stream.write(data);
    });
    stream.on("end", () => stream.end());
  }
}

/** A message with gRPC's five bytes before it. */
export function grpcMessage(text: string): Buffer {
  const length = Buffer.alloc(5);
  length.writeUInt32BE(Buffer.byteLength(text), 1);
  return Buffer.concat([length, Buffer.from(text)]);
}
