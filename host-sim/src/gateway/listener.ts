/**
 * How do clients reach the gateway? An HTTP/1.1 listener with Envoy's defaults that gives each request to a stream of filters:
 * requests of one connection one after the other, refusals of Envoy's own, upgrades, and an orderly end.
 */
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { ConnectionInfo } from "../envoy/http.ts";
import { ConnectionQueue } from "./connection-queue.ts";
import { closeWithDelay } from "./delayed-close.ts";
import {
  DownstreamStream,
  type StreamFactory,
  type StreamSurroundings,
} from "./downstream-stream.ts";
import { ListenerStats } from "./listener-stats.ts";
import { answerToBadRequest, withoutUpgradeOffer } from "./malformed-request.ts";
import { takeRequest, type IntakeOptions, type RawRequest } from "./request-intake.ts";
import { refusalText } from "./response-finish.ts";
import { TunnelStream } from "./tunnel-stream.ts";

export interface ListenerOptions {
  readonly host: string;
  readonly port: number;
  readonly createStream: StreamFactory;
  readonly acceptHttp10?: boolean;
  readonly upgrades?: readonly string[];
  /** Envoy's max_headers_count, and max_request_headers_kb. */
  readonly maxHeaders?: number;
  readonly maxHeadKilobytes?: number;
}

const DEFAULT_HEAD_KILOBYTES = 60;
/** Envoy: idle_timeout of a connection is one hour. */
const IDLE_MS = 3_600_000;
const SOCKET_BUFFER_BYTES = 64 * 1024;

export class Listener {
  readonly stats = new ListenerStats();
  readonly #server: Server;
  readonly #options: ListenerOptions;
  readonly #intake: IntakeOptions;
  readonly #queues = new WeakMap<Socket, ConnectionQueue>();
  readonly #tunnels = new Set<Socket>();
  #draining = false;

  constructor(options: ListenerOptions) {
    this.#options = options;
    this.#intake = {
      acceptHttp10: options.acceptHttp10 ?? false,
      upgrades: options.upgrades ?? ["websocket", "CONNECT"],
      ...(options.maxHeaders !== undefined && { maxHeaders: options.maxHeaders }),
    };
    this.#server = createServer({
      maxHeaderSize: (options.maxHeadKilobytes ?? DEFAULT_HEAD_KILOBYTES) * 1024,
      requireHostHeader: false,
      highWaterMark: SOCKET_BUFFER_BYTES,
      keepAliveTimeout: IDLE_MS,
      headersTimeout: 0,
      requestTimeout: 0,
      noDelay: true,
    });
    this.#server.maxHeadersCount = 0; // node would drop what is above; we refuse
    this.#wire(this.#server);
  }

  /** Rejects with node's error when the port can't be had. */
  listen(): Promise<AddressInfo> {
    const { host, port } = this.#options;
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen({ host, port, backlog: 1024 }, () => {
        this.#server.off("error", reject);
        resolve(this.#server.address() as AddressInfo);
      });
    });
  }

  /** Takes no more connections, waits for the requests that run, at most `ms`, then cuts off the rest. */
  async drain(ms: number): Promise<void> {
    this.#draining = true;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeIdleConnections();
    const timer = setTimeout(() => {
      this.#server.closeAllConnections();
      for (const socket of this.#tunnels) socket.destroy();
    }, ms);
    await closed;
    clearTimeout(timer);
  }

  #wire(server: Server): void {
    server.on("connection", (socket: Socket) => this.#onConnection(socket));
    const serve: RequestListener = (request, response) => this.#enqueue(request, response);
    server.on("request", serve);
    server.on("checkExpectation", serve);
    server.on("checkContinue", serve);
    const tunnel = (request: IncomingMessage, socket: Socket, head: Buffer): void =>
      this.#onTunnel(request, socket, head);
    server.on("upgrade", tunnel as (request: IncomingMessage, ...rest: unknown[]) => void);
    server.on("connect", tunnel as (request: IncomingMessage, ...rest: unknown[]) => void);
    server.on("clientError", (error, socket) => this.#onMalformed(error, socket as Socket));
  }

  #onConnection(socket: Socket): void {
    if (this.#queues.has(socket)) return; // given back after an offer of HTTP/2 was dropped
    this.#queues.set(socket, new ConnectionQueue(socket));
    this.stats.downstream_cx_total++;
    this.stats.downstream_cx_active++;
    socket.on("close", () => this.stats.downstream_cx_active--);
    // node:http takes its own listener away from the socket of an upgrade, refused or not; "close" follows an error.
    socket.on("error", () => undefined);
    closeWithDelay(socket);
  }

  #enqueue(request: IncomingMessage, response: ServerResponse): void {
    const continued = request.headers.expect?.toLowerCase() === "100-continue";
    this.#queues.get(request.socket)?.run(request, response, () => {
      // Envoy answers the expectation by itself, and the filters don't see it.
      if (continued) response.writeContinue();
      this.#onRequest(request, response, continued);
    });
  }

  #onRequest(request: IncomingMessage, response: ServerResponse, continued: boolean): void {
    const taken = takeRequest(rawRequest(request), this.#intake);
    if ("status" in taken && taken.status !== 404) {
      return this.#refuse(request.socket, taken.status, taken.withBody);
    }
    if ("status" in taken) return this.#notFound(request, response);
    if (continued) taken.headers.remove("expect");
    this.#count((done) => response.once("close", done));
    new DownstreamStream(request, response, taken, this.#surroundings(request));
  }

  #onTunnel(request: IncomingMessage, socket: Socket, head: Buffer): void {
    const raw = rawRequest(request);
    const taken = takeRequest(raw, this.#intake);
    if ("status" in taken) return this.#refuse(socket, taken.status, taken.withBody);
    if (!taken.tunnel) {
      // An offer of h2c: read the same request again without it.
      socket.unshift(Buffer.concat([withoutUpgradeOffer(raw), head]));
      return void this.#server.emit("connection", socket);
    }
    this.#tunnels.add(socket);
    socket.once("close", () => this.#tunnels.delete(socket));
    this.#count((done) => socket.once("close", done));
    new TunnelStream(request, socket, head, taken, this.#surroundings(request));
  }

  #count(onEnd: (done: () => void) => unknown): void {
    this.stats.downstream_rq_total++;
    this.stats.downstream_rq_active++;
    onEnd(() => this.stats.downstream_rq_active--);
  }

  #surroundings(request: IncomingMessage): StreamSurroundings {
    const { createStream } = this.#options;
    const draining = (): boolean => this.#draining;
    return { createStream, connection: connectionInfo(request), stats: this.stats, draining };
  }

  /** The one refusal after which Envoy keeps the connection. */
  #notFound(request: IncomingMessage, response: ServerResponse): void {
    this.stats.countStatus(404);
    response.sendDate = true;
    response.writeHead(404, { server: "envoy", "content-length": "0" });
    response.end();
    request.resume();
  }

  #refuse(socket: Socket, status: number, withBody: boolean): void {
    this.stats.countStatus(status);
    if (socket.writable) socket.write(refusalText(status, withBody));
    socket.destroySoon();
  }

  #onMalformed(error: Error, socket: Socket): void {
    // Bytes behind a request that asked for the connection's end: its answer is still to come.
    if ((error as NodeJS.ErrnoException).code === "HPE_CLOSED_CONNECTION") return;
    const status = answerToBadRequest(error);
    const queue = this.#queues.get(socket);
    if (status === undefined || queue === undefined) return void socket.destroy();
    queue.endWith(() => {
      if (queue.answerBegun || !socket.writable) socket.destroy();
      else this.#refuse(socket, status, true);
    });
  }
}

function rawRequest(request: IncomingMessage): RawRequest {
  const { method = "GET", url = "/", httpVersion, rawHeaders } = request;
  return { method, url, httpVersion, rawHeaders, tls: false };
}

function connectionInfo(request: IncomingMessage): ConnectionInfo {
  const { remoteAddress, remotePort, localAddress, localPort } = request.socket;
  return {
    sourceAddress: hostAndPort(remoteAddress, remotePort),
    destinationAddress: hostAndPort(localAddress, localPort),
    protocol: request.httpVersion === "1.0" ? "HTTP/1.0" : "HTTP/1.1",
    tls: false,
  };
}

function hostAndPort(host = "", port = 0): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
