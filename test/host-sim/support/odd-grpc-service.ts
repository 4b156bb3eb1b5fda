/** Who answers gRPC as no proper server does? A server of bare HTTP/2, and one of bare frames. */
import { constants, createServer, type Http2Server, type ServerHttp2Stream } from "node:http2";
import {
  createServer as createNetServer,
  type AddressInfo,
  type Server as NetServer,
} from "node:net";

/**
 * After the head and a message, a reset and no end of stream before it: Node.js's server always ends a stream that it
 * resets. Frames as RFC 9113 has them, the head in HPACK (:status 200, content-type).
 */
function answerAndReset(id: number): Buffer {
  return Buffer.concat([
    frame(1, 4, id, Buffer.from("885f106170706c69636174696f6e2f67727063", "hex")),
    frame(0, 0, id, Buffer.from("0000000002686f", "hex")),
    frame(3, 0, id, Buffer.from("00000002", "hex")),
  ]);
}

function frame(type: number, flags: number, id: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(id, 5);
  return Buffer.concat([head, payload]);
}

const SETTINGS = 4;
const HEADERS = 1;
const PREFACE_BYTES = 24;

export class ResettingService {
  private readonly server: NetServer;

  private constructor(server: NetServer) {
    this.server = server;
  }

  static async start(): Promise<ResettingService> {
    const server = createNetServer((socket) => {
      socket.on("error", () => {});
      socket.write(frame(SETTINGS, 0, 0, Buffer.alloc(0)));
      let seen = Buffer.alloc(0);
      let at = PREFACE_BYTES;
      socket.on("data", (data: Buffer) => {
        seen = Buffer.concat([seen, data]);
        for (; at + 9 <= seen.length; at += 9 + seen.readUIntBE(at, 3)) {
          if (seen[at + 3] === SETTINGS && seen[at + 4] === 0)
            socket.write(frame(SETTINGS, 1, 0, Buffer.alloc(0)));
          if (seen[at + 3] === HEADERS) socket.write(answerAndReset(seen.readUInt32BE(at + 5)));
        }
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new ResettingService(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.server.close();
  }
}

/** What it does with a stream, by the method's name. */
const odd: Readonly<Record<string, (stream: ServerHttp2Stream) => void>> = {
  Reset: (stream) => stream.close(constants.NGHTTP2_INTERNAL_ERROR),
  Refuse: (stream) => stream.close(constants.NGHTTP2_REFUSED_STREAM),
  ResetLater: (stream) => {
    begin(stream);
    stream.write(Buffer.from("0000000002686f", "hex"));
    setImmediate(() => stream.close(constants.NGHTTP2_INTERNAL_ERROR));
  },
  Silent: () => undefined,
  SilentLater: (stream) => begin(stream),
  CutOff: (stream) => {
    begin(stream);
    setImmediate(() => stream.session?.destroy());
  },
  CutOffEarly: (stream) => stream.session?.destroy(),
  NotFound: (stream) => stream.respond({ ":status": 404 }, { endStream: true }),
  Unavailable: (stream) => {
    stream.respond({ ":status": 503, "content-type": "text/plain" });
    stream.end("busy");
  },
  NoTrailers: (stream) => {
    begin(stream);
    stream.end(Buffer.from("0000000001" + "61", "hex"));
  },
  TrailersOnly: (stream) =>
    stream.respond(
      {
        ":status": 200,
        "content-type": "application/grpc",
        "grpc-status": "5",
        "grpc-message": "no%20such",
      },
      { endStream: true },
    ),
  NoStatus: (stream) => {
    stream.respond(
      { ":status": 200, "content-type": "application/grpc" },
      { waitForTrailers: true },
    );
    stream.on("wantTrailers", () => stream.sendTrailers({ "x-last": "1" }));
    stream.end(Buffer.from("0000000000", "hex"));
  },
  OddStatus: (stream) => {
    stream.respond(
      { ":status": 200, "content-type": "application/grpc" },
      { waitForTrailers: true },
    );
    stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "seven" }));
    stream.end();
  },
  EmptyOk: (stream) => {
    stream.respond(
      { ":status": 200, "content-type": "application/grpc" },
      { waitForTrailers: true },
    );
    stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
    stream.end();
  },
  Compressed: (stream) => {
    begin(stream);
    stream.write(Buffer.from("0100000001" + "61", "hex"));
  },
  OddFlags: (stream) => {
    begin(stream);
    stream.write(Buffer.from("0700000001" + "61", "hex"));
  },
  Split: (stream) => {
    stream.respond(
      { ":status": 200, "content-type": "application/grpc" },
      { waitForTrailers: true },
    );
    stream.on("wantTrailers", () =>
      stream.sendTrailers({ "grpc-status": "0", "grpc-message": "" }),
    );
    stream.write(Buffer.from("000000", "hex"));
    setImmediate(() => {
      stream.write(Buffer.from("00026869" + "00000000", "hex"));
      setImmediate(() => stream.end(Buffer.from("0121", "hex")));
    });
  },
};

function begin(stream: ServerHttp2Stream): void {
  stream.respond({ ":status": 200, "content-type": "application/grpc" });
}

export class OddGrpcService {
  private readonly server: Http2Server;

  private constructor(server: Http2Server) {
    this.server = server;
  }

  static async start(): Promise<OddGrpcService> {
    const server = createServer();
    server.on("sessionError", () => {});
    server.on("stream", (stream, headers) => {
      stream.on("error", () => {});
      odd[(headers[":path"] ?? "").split("/").at(-1) ?? ""]?.(stream);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new OddGrpcService(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.server.close();
  }
}
