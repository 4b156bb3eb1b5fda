/** How does a test speak to a processor itself, message by message? Bytes in, bytes out: what is on the wire is the test's. */
import { Client, credentials, type ClientDuplexStream, type ServiceError } from "@grpc/grpc-js";

const bytes = (value: Buffer): Buffer => value;
const PROCESS = "/envoy.service.ext_proc.v3.ExternalProcessor/Process";

function clientOf(url: string): Client {
  return new Client(new URL(url).host, credentials.createInsecure(), {
    "grpc.max_receive_message_length": -1,
  });
}

/** The bytes of the answer; rejects with the status. */
export async function checkHealth(url: string, service = ""): Promise<Buffer> {
  const client = clientOf(url);
  const name = Buffer.from(service);
  const asked = service === "" ? name : Buffer.concat([Buffer.from([0x0a, name.length]), name]);
  try {
    return await new Promise<Buffer>((resolve, reject) => {
      client.makeUnaryRequest(
        "/grpc.health.v1.Health/Check",
        bytes,
        bytes,
        asked,
        (error: ServiceError | null, value?: Buffer) =>
          error ? reject(error) : resolve(value ?? Buffer.alloc(0)),
      );
    });
  } finally {
    client.close();
  }
}

export interface StreamEnding {
  readonly code: number;
  readonly details: string;
}

/** One stream of Process. */
export class ProcessStream {
  /** Messages that came, not yet taken. */
  readonly messages: Buffer[] = [];
  readonly ended: Promise<StreamEnding>;
  readonly #client: Client;
  readonly #stream: ClientDuplexStream<Buffer, Buffer>;
  #wake = (): void => undefined;
  #over = false;

  constructor(url: string) {
    this.#client = clientOf(url);
    this.#stream = this.#client.makeBidiStreamRequest(PROCESS, bytes, bytes);
    this.#stream.on("data", (message: Buffer) => {
      this.messages.push(message);
      this.#wake();
    });
    this.#stream.on("error", () => undefined);
    this.ended = new Promise((resolve) => {
      this.#stream.on("status", ({ code, details }: StreamEnding) => {
        this.#over = true;
        this.#wake();
        resolve({ code, details });
      });
    });
  }

  send(message: Uint8Array): void {
    this.#stream.write(Buffer.from(message));
  }

  /** The next message; undefined: the stream ended without one. */
  async next(): Promise<Buffer | undefined> {
    while (this.messages.length === 0 && !this.#over) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    return this.messages.shift();
  }

  halfClose(): void {
    this.#stream.end();
  }

  close(): void {
    this.#stream.cancel();
    this.#client.close();
  }
}
