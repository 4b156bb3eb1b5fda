/** What reaches the API, to the byte? A server that keeps all that came at its sockets and reads it as strictly as it can. */
import { createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { StrictReader } from "./strict-reader.ts";
import type { ReadRequest } from "./strict-reader.ts";

export class StrictUpstream {
  /** In order of arrival, over all connections. */
  readonly requests: ReadRequest[] = [];
  readonly faults: string[] = [];
  readonly #takesUpgrades: boolean;
  #raw: Buffer[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;

  private constructor(takesUpgrades: boolean) {
    this.#takesUpgrades = takesUpgrades;
    this.#server = createServer((socket) => this.#serve(socket));
  }

  static async start({ takesUpgrades = true } = {}): Promise<StrictUpstream> {
    const upstream = new StrictUpstream(takesUpgrades);
    await new Promise<void>((resolve) => upstream.#server.listen(0, "127.0.0.1", resolve));
    return upstream;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Everything that came since the last reset, framing included. */
  get raw(): Buffer {
    return Buffer.concat(this.#raw);
  }

  /** Of the last request's body. */
  get bodyBytes(): number {
    return this.requests.at(-1)?.body.length ?? 0;
  }

  reset(): void {
    this.requests.length = 0;
    this.faults.length = 0;
    this.#raw = [];
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    const reader = new StrictReader(
      (request) => socket.write(answerTo(request)),
      (request) => this.#takesUpgrades && socket.write(welcome(request)),
    );
    let known = 0;
    socket.on("error", () => {});
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("data", (bytes: Buffer) => {
      this.#raw.push(bytes);
      reader.feed(bytes);
      this.requests.push(...reader.requests.slice(known));
      known = reader.requests.length;
      if (reader.fault === undefined) return;
      this.faults.push(reader.fault);
      socket.destroy();
    });
  }
}

const answerTo = ({ method }: ReadRequest): string =>
  `HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n${method === "HEAD" ? "" : "ok"}`;

function welcome({ method, headers }: ReadRequest): string {
  if (method === "CONNECT") return "HTTP/1.1 200 OK\r\n\r\n";
  const protocol = headers.find(([name]) => name === "upgrade")?.[1];
  return `HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: ${protocol}\r\n\r\n`;
}
