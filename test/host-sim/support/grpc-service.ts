/**
 * Whom do filters call? A gRPC server of grpc-js, whose methods do what their names say, and a server of bare HTTP/2 for
 * what a proper gRPC server never does.
 */
import { Metadata, Server, ServerCredentials, status } from "@grpc/grpc-js";
import type {
  sendUnaryData,
  ServerDuplexStream,
  ServerUnaryCall,
  UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { constants, createServer, type Http2Server, type ServerHttp2Stream } from "node:http2";
import {
  createServer as createNetServer,
  type AddressInfo,
  type Server as NetServer,
} from "node:net";

const bytes = {
  requestSerialize: (value: Buffer) => value,
  requestDeserialize: (value: Buffer) => value,
  responseSerialize: (value: Buffer) => value,
  responseDeserialize: (value: Buffer) => value,
};
const unary = { ...bytes, requestStream: false, responseStream: false };
const duplex = { ...bytes, requestStream: true, responseStream: true };
const path = (name: string): string => `/test.Service/${name}`;
const definition = {
  Echo: { ...unary, path: path("Echo") },
  Metadata: { ...unary, path: path("Metadata") },
  Fail: { ...unary, path: path("Fail") },
  Chat: { ...duplex, path: path("Chat") },
  Many: { ...duplex, path: path("Many") },
  Quit: { ...duplex, path: path("Quit") },
};

type Call = ServerUnaryCall<Buffer, Buffer>;
type Stream = ServerDuplexStream<Buffer, Buffer>;

export class GrpcService {
  /** What was cancelled by the caller, by the name of its method. */
  readonly cancelled: string[] = [];
  private readonly server = new Server();
  private port = 0;

  static async start(): Promise<GrpcService> {
    const service = new GrpcService();
    service.server.addService(definition, service.methods());
    service.port = await new Promise<number>((resolve, reject) =>
      service.server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) =>
        error === null ? resolve(port) : reject(error),
      ),
    );
    return service;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  stop(): void {
    this.server.forceShutdown();
  }

  private methods(): UntypedServiceImplementation {
    return {
      Echo: (call: Call, done: sendUnaryData<Buffer>) => done(null, call.request),
      Metadata: (call: Call, done: sendUnaryData<Buffer>) => done(null, metadataText(call)),
      Fail: (_call: Call, done: sendUnaryData<Buffer>) =>
        done({ code: status.FAILED_PRECONDITION, details: "not today: 50 % ü" }),
      Chat: (call: Stream) => this.chat(call),
      Many: (call: Stream) => many(call),
      Quit: (call: Stream) =>
        void call.once("data", () =>
          call.emit("error", { code: status.ABORTED, details: "enough" }),
        ),
    };
  }

  /** Gives back what comes, with metadata before it and trailers behind it. */
  private chat(call: Stream): void {
    const first = new Metadata();
    first.set("x-first", "1");
    call.sendMetadata(first);
    call.on("cancelled", () => this.cancelled.push("Chat"));
    call.on("data", (message: Buffer) => call.write(message));
    call.on("end", () => {
      const last = new Metadata();
      last.set("x-last", "2");
      call.end(last);
    });
  }
}

function many(call: Stream): void {
  call.once("data", (message: Buffer) => {
    for (let i = 0; i < message.length; i++) call.write(Buffer.from(`n${i}`));
    call.end();
  });
}

function metadataText(call: Call): Buffer {
  const own = /^(x-|te$|user-agent|grpc-|content-type|:)/;
  const all = Object.entries(call.metadata.toHttp2Headers()).filter(([name]) => own.test(name));
  const sorted = all.sort(([a], [b]) => (a < b ? -1 : 1));
  return Buffer.from([...sorted.map(([name, value]) => `${name}=${String(value)}`)].join(" "));
}

/**
 * After the head and a message, a reset and no end of stream before it: Node.js's server always ends a stream that it
 * resets. One connection, one stream; frames as RFC 9113 has them, the head in HPACK (:status 200, content-type).
 */
const barely = {
  settings: "000000040000000000",
  head: "000013010400000001" + "885f106170706c69636174696f6e2f67727063",
  message: "000007000000000001" + "0000000002686f",
  reset: "000004030000000001" + "00000002",
} as const;

export class ResettingService {
  private readonly server: NetServer;

  private constructor(server: NetServer) {
    this.server = server;
  }

  static async start(): Promise<ResettingService> {
    const server = createNetServer((socket) => {
      socket.on("error", () => {});
      socket.write(Buffer.from(barely.settings, "hex"));
      let seen = Buffer.alloc(0);
      let answered = false;
      socket.on("data", (data: Buffer) => {
        seen = Buffer.concat([seen, data]);
        if (answered || !hasRequest(seen)) return;
        answered = true;
        socket.write(Buffer.from(barely.head + barely.message + barely.reset, "hex"));
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

/** Has a frame of type HEADERS come behind the preface? */
function hasRequest(bytes: Buffer): boolean {
  for (let at = 24; at + 9 <= bytes.length; at += 9 + bytes.readUIntBE(at, 3)) {
    if (bytes[at + 3] === 1) return true;
  }
  return false;
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
