/** What does a peer say of itself? Its ports when it listens, and on demand what it has served so far. */
import type { Server } from "node:net";
import type { AddressInfo } from "node:net";

export interface Counts {
  /** Calls of HTTP, or streams of gRPC. */
  calls: number;
  /** Messages about the begin of a request, and about a response. */
  requests: number;
  responses: number;
  /** Bytes of bodies and messages. */
  bytes: number;
  /** What could not be understood. */
  errors: number;
}

export const newCounts = (): Counts => ({
  calls: 0,
  requests: 0,
  responses: 0,
  bytes: 0,
  errors: 0,
});

/** Listens on ports of 127.0.0.1 that the system chooses, and answers the parent process. */
export async function runPeer(
  servers: Readonly<Record<string, Server>>,
  counts: Counts,
): Promise<void> {
  const ports: Record<string, number> = {};
  for (const [name, server] of Object.entries(servers)) {
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", 1024, listening));
    ports[name] = (server.address() as AddressInfo).port;
  }
  process.on("message", () => process.send!(counts));
  process.on("disconnect", () => process.exit(0));
  process.send!(ports);
}
