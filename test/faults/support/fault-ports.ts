/** How does a node of the tests have a port for each fault, and leave none behind? */
import { createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import type { TlsOptions } from "node:tls";

export abstract class FaultPorts {
  /** Faults of the tests themselves: calls that break the contract. */
  readonly problems: string[] = [];
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();

  async stop(): Promise<void> {
    const closed = this.#servers.map((each) => new Promise((resolve) => each.close(resolve)));
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(closed);
  }

  /** Resolves with a port whose connections go to `serve`; with `tls`, only of those who speak it. */
  protected async open(
    tls: TlsOptions | undefined,
    serve: (socket: Socket) => void,
  ): Promise<number> {
    const accept = (socket: Socket): void => {
      this.#sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => this.#sockets.delete(socket));
      serve(socket);
    };
    const server = tls === undefined ? createServer(accept) : createTlsServer(tls, accept);
    server.on("tlsClientError", () => {}); // who speaks no TLS is hung up on
    this.#servers.push(server);
    const address = { port: 0, host: "127.0.0.1", backlog: 1024 };
    await new Promise<void>((resolve) => server.listen(address, resolve));
    return (server.address() as AddressInfo).port;
  }
}
