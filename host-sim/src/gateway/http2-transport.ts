/**
 * How are requests sent over HTTP/2? On one connection to an address for as long as its peer takes more streams, with prior
 * knowledge of the protocol, or ALPN where TLS is spoken (Envoy: explicit_http_config.http2_protocol_options).
 */
import { connect as http2Connect, type ClientHttp2Session } from "node:http2";
import { connect as tcpConnect, type Socket } from "node:net";
import { connect as tlsConnect } from "node:tls";
import { Http2UpstreamStream } from "./http2-upstream-stream.ts";
import type { UpstreamAddress } from "./upstream-address.ts";
import type { UpstreamTransport } from "./upstream-transport.ts";

/** Envoy's defaults since 1.36: 16 MiB for a stream, 24 MiB for a connection. */
const STREAM_WINDOW = 16 * 1024 * 1024;
const CONNECTION_WINDOW = 24 * 1024 * 1024;
/** Node.js refuses new streams beyond 10, for all that the open ones have in their buffers; Envoy has no such limit. */
const SESSION_MEGABYTES = 4096;

export class Http2Connection {
  readonly session: ClientHttp2Session;
  connected = false;
  /** Why the connection failed, once it has. */
  error: Error | null = null;
  streams = 0;

  constructor(authority: string, socket: Socket, readyEvent: string) {
    socket.once(readyEvent, () => (this.connected = true));
    // Frames may be written at once: the session waits for the socket by itself.
    this.session = http2Connect(authority, {
      createConnection: () => socket,
      settings: { initialWindowSize: STREAM_WINDOW, enablePush: false },
      maxSessionMemory: SESSION_MEGABYTES,
    });
    this.session.once("connect", () => this.session.setLocalWindowSize(CONNECTION_WINDOW));
    this.session.on("error", (error: Error) => (this.error = error));
    socket.on("error", (error: Error) => (this.error ??= error));
  }

  get usable(): boolean {
    const { session } = this;
    if (session.closed || session.destroyed) return false;
    // Until the peer's settings have come, it is taken to allow as many as one likes.
    const { maxConcurrentStreams } = this.connected ? session.remoteSettings : {};
    return this.streams < (maxConcurrentStreams ?? Infinity);
  }
}

export function http2Transport(target: UpstreamAddress, insecure: boolean): UpstreamTransport {
  const connections = new Map<string, Http2Connection[]>();
  return {
    open(address, callbacks, onClosed) {
      const open = (connections.get(address) ?? []).filter(({ session }) => !session.destroyed);
      let connection = open.find(({ usable }) => usable);
      if (connection === undefined) {
        connection = dial(target, address, insecure);
        open.push(connection);
      }
      connections.set(address, open);
      return new Http2UpstreamStream(connection, callbacks, onClosed);
    },
    close() {
      for (const { session } of [...connections.values()].flat()) session.destroy();
      connections.clear();
    },
  };
}

function dial(target: UpstreamAddress, address: string, insecure: boolean): Http2Connection {
  const { host, port, tls } = target;
  const authority = `${tls ? "https" : "http"}://${host.includes(":") ? `[${host}]` : host}:${port}`;
  if (!tls) return new Http2Connection(authority, tcpConnect({ host: address, port }), "connect");
  const servername = address === host ? "" : host;
  const alpn = { ALPNProtocols: ["h2"], servername, rejectUnauthorized: !insecure };
  const socket = tlsConnect({ host: address, port, ...alpn });
  return new Http2Connection(authority, socket, "secureConnect");
}
