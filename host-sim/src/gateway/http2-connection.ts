/** What is known of one HTTP/2 connection to an upstream, and may it take one more stream? */
import { connect as http2Connect, type ClientHttp2Session } from "node:http2";
import type { Socket } from "node:net";

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
