/** A client that writes bytes as they are and shows what comes back: for requests that no HTTP client would send. */
import { connect, type Socket } from "node:net";
import { once } from "node:events";

const DEADLINE_MS = 30_000;

export class RawClient {
  readonly socket: Socket;
  received = "";
  ended = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (chunk) => (this.received += chunk.toString("latin1")));
    socket.on("close", () => (this.ended = true));
    socket.on("error", () => undefined);
  }

  static async connect(port: number): Promise<RawClient> {
    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    return new RawClient(socket);
  }

  send(text: string): void {
    this.socket.write(Buffer.from(text, "latin1"));
  }

  /** Waits until `text` has come. */
  async until(text: string): Promise<string> {
    await waitFor(
      () => this.received.includes(text),
      () => `"${text}" in ${JSON.stringify(this.received)}`,
    );
    return this.received;
  }

  /** Waits until the other side has closed. */
  async untilClosed(): Promise<string> {
    await waitFor(
      () => this.ended,
      () => `a close after ${JSON.stringify(this.received)}`,
    );
    return this.received;
  }

  close(): void {
    this.socket.destroy();
  }
}

/** Polls until `condition` holds; fails with what was waited for. */
export async function waitFor(condition: () => boolean, what: () => string): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
