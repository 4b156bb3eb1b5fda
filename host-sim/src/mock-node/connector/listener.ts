/** Where do connectors connect, and how does the node refuse connections as if it were not there? */
import { readFileSync } from "node:fs";
import { createServer as createHttpServer, type RequestListener, type Server } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { ConnectorConfig, ListenAddress } from "../config/node-config.ts";

export class ConnectorListener {
  readonly #server: Server;
  readonly #secure: boolean;
  readonly #sockets = new Set<Socket>();
  #address: ListenAddress;
  #change: Promise<void> = Promise.resolve();

  constructor(config: ConnectorConfig, listener: RequestListener) {
    this.#address = config.address;
    this.#secure = config.tls !== undefined;
    const limited = withConnectionLimits(config.perConnectionLimits, listener);
    this.#server = config.tls
      ? createHttpsServer(
          { cert: readFileSync(config.tls.certFile), key: readFileSync(config.tls.keyFile) },
          limited,
        )
      : createHttpServer(limited);
    // Gateways keep connections for long; closing an idle one just as a call is sent would look like a fault.
    this.#server.keepAliveTimeout = 0;
    this.#server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
  }

  get url(): string {
    const { host, port } = this.#address;
    return `${this.#secure ? "https" : "http"}://${host.includes(":") ? `[${host}]` : host}:${port}`;
  }

  /** The port stays the same when it listens again. */
  async listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(this.#address.port, this.#address.host, () => {
        this.#server.off("error", reject);
        resolve();
      });
    });
    const { port } = this.#server.address() as AddressInfo;
    this.#address = { ...this.#address, port };
  }

  /** Refuses (true) or takes connections again (false). Changes follow one another. */
  setRefusing(refusing: boolean): Promise<void> {
    const change = async (): Promise<void> => {
      if (refusing && this.#server.listening) await this.close();
      else if (!refusing && !this.#server.listening) await this.listen();
    };
    this.#change = this.#change.then(change, change);
    return this.#change;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    // Not closeAllConnections(): it knows nothing of connections on which a fault sits.
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}

type Limits = ConnectorConfig["perConnectionLimits"];

/** Past a limit the answer carries `connection: close`, as in the vendor's node. */
function withConnectionLimits(limits: Limits, listener: RequestListener): RequestListener {
  const connections = new WeakMap<Socket, { requests: number; since: number }>();
  return (request, response) => {
    const { socket } = request;
    const used = connections.get(socket) ?? { requests: 0, since: performance.now() };
    connections.set(socket, used);
    used.requests += 1;
    const over =
      used.requests >= (limits.maxRequests ?? Infinity) ||
      socket.bytesRead >= (limits.maxReceivedBytes ?? Infinity) ||
      performance.now() - used.since >= (limits.maxDuration ?? Infinity);
    if (over) response.setHeader("connection", "close");
    listener(request, response);
  };
}
