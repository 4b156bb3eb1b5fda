/** How is an address served, with TLS or without, and stopped at once? */
import { createAdaptorServer, type HttpBindings } from "@hono/node-server";
import { createServer as createTlsServer } from "node:https";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

export interface Listening {
  /** HOST:PORT, as a client writes it. */
  readonly authority: string;
  close(): Promise<void>;
}

type Fetch = (request: Request, bindings: HttpBindings) => Response | Promise<Response>;

export async function listen(
  fetch: Fetch,
  { host, port }: ListenAddress,
  tls?: { key: string; cert: string },
): Promise<Listening> {
  const handler = fetch as unknown as Parameters<typeof createAdaptorServer>[0]["fetch"];
  const server = createAdaptorServer(
    tls
      ? { fetch: handler, createServer: createTlsServer, serverOptions: tls }
      : { fetch: handler, createServer },
  ) as Server;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  const bound = (server.address() as AddressInfo).port;
  return {
    authority: `${host.includes(":") ? `[${host}]` : host}:${bound}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
