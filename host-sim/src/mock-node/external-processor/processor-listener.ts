/** Where do gateways connect, and how does the node refuse connections as if it were not there? */
import { Server, ServerCredentials, type ServiceDefinition } from "@grpc/grpc-js";
import { readFileSync } from "node:fs";
import { createServer, type AddressInfo, type Server as SocketServer, type Socket } from "node:net";
import type { ConnectorConfig, ListenAddress, NodeConfig } from "../config/node-config.ts";
import { healthDefinition, type HealthHandlers } from "./health-service.ts";
import { PROCESS_PATH } from "./messages.ts";
import type { ByteStream } from "./stream-ends.ts";

const bytes = (value: Buffer): Buffer => value;
const processDefinition = {
  Process: {
    path: PROCESS_PATH,
    requestStream: true,
    responseStream: true,
    requestSerialize: bytes,
    requestDeserialize: bytes,
    responseSerialize: bytes,
    responseDeserialize: bytes,
  },
} satisfies ServiceDefinition;

export interface ProcessorServices {
  readonly process: (stream: ByteStream) => void;
  /** Undefined: health is not served. */
  readonly health: HealthHandlers | undefined;
}

/** Sockets are ours and given to grpc-js, so that faults can cut them, and refusing means refusing. */
export class ProcessorListener {
  readonly #sockets = new Map<string, Socket>();
  readonly #secure: boolean;
  readonly #server: Server;
  readonly #listener: SocketServer;
  #address: ListenAddress;
  #change: Promise<void> = Promise.resolve();

  constructor(config: NodeConfig, services: ProcessorServices) {
    const { connector, mock } = config;
    this.#address = connector.address;
    this.#secure = connector.tls !== undefined;
    const { maxDuration } = connector.perConnectionLimits;
    this.#server = new Server({
      "grpc.max_receive_message_length": mock.limits.callBytes,
      "grpc.max_send_message_length": -1,
      "grpc.enable_channelz": 0,
      ...(maxDuration === undefined ? {} : { "grpc.max_connection_age_ms": maxDuration }),
    });
    this.#server.addService(processDefinition, { Process: services.process });
    if (services.health) this.#server.addService(healthDefinition, { ...services.health });
    const injector = this.#server.createConnectionInjector(credentialsOf(connector));
    this.#listener = createServer((socket) => {
      this.#keep(socket);
      injector.injectConnection(socket);
    });
  }

  get url(): string {
    const { host, port } = this.#address;
    return `${this.#secure ? "https" : "http"}://${host.includes(":") ? `[${host}]` : host}:${port}`;
  }

  /** `peer` as grpc-js names it: `address:port`. */
  socketOf(peer: string): Socket | undefined {
    return this.#sockets.get(peer.replace(/[[\]]/g, ""));
  }

  /** The port stays the same when it listens again. */
  async listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#listener.once("error", reject);
      const { port, host } = this.#address;
      this.#listener.listen({ port, host, backlog: 4096 }, () => {
        this.#listener.off("error", reject);
        resolve();
      });
    });
    const { port } = this.#listener.address() as AddressInfo;
    this.#address = { ...this.#address, port };
  }

  /** Refuses (true) or takes connections again (false). Changes follow one another. */
  setRefusing(refusing: boolean): Promise<void> {
    const change = async (): Promise<void> => {
      if (refusing && this.#listener.listening) await this.#stopListening();
      else if (!refusing && !this.#listener.listening) await this.listen();
    };
    this.#change = this.#change.then(change, change);
    return this.#change;
  }

  async close(): Promise<void> {
    await this.#stopListening();
    this.#server.forceShutdown();
  }

  async #stopListening(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#listener.close(() => resolve()));
    for (const socket of this.#sockets.values()) socket.destroy();
    await closed;
  }

  #keep(socket: Socket): void {
    const key = `${socket.remoteAddress}:${socket.remotePort}`;
    this.#sockets.set(key, socket);
    socket.on("error", () => undefined);
    socket.on("close", () => {
      if (this.#sockets.get(key) === socket) this.#sockets.delete(key);
    });
  }
}

function credentialsOf({ tls }: ConnectorConfig): ServerCredentials {
  if (tls === undefined) return ServerCredentials.createInsecure();
  const pair = { cert_chain: readFileSync(tls.certFile), private_key: readFileSync(tls.keyFile) };
  return ServerCredentials.createSsl(null, [pair]);
}
