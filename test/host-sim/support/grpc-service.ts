/** Whom do filters call? A gRPC server of grpc-js, whose methods do what their names say. */
import { Metadata, Server, ServerCredentials, status } from "@grpc/grpc-js";
import type {
  sendUnaryData,
  ServerDuplexStream,
  ServerUnaryCall,
  UntypedServiceImplementation,
} from "@grpc/grpc-js";

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
