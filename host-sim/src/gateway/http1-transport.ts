/** How are requests sent over HTTP/1.1? A pool of kept-alive connections; each request is an UpstreamStream on one of them. */
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { UpstreamAddress } from "./upstream-address.ts";
import { UpstreamStream } from "./upstream-stream.ts";
import type { UpstreamTransport } from "./upstream-transport.ts";

/** Idle connections to keep: as many as Envoy's default circuit breaker lets be open. */
const MAX_FREE_SOCKETS = 1024;

export function http1Transport(target: UpstreamAddress, insecure: boolean): UpstreamTransport {
  const pool = { keepAlive: true, maxSockets: Infinity, maxFreeSockets: MAX_FREE_SOCKETS };
  const agent = target.tls
    ? new HttpsAgent({ ...pool, rejectUnauthorized: !insecure })
    : new HttpAgent(pool);
  return {
    open: (address, callbacks, onClosed) =>
      new UpstreamStream({ ...target, address, agent }, callbacks, onClosed),
    close: () => agent.destroy(),
  };
}
