/** How is a set of pages served on an address, and stopped at once? */
import { serve } from "@hono/node-server";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { ListenAddress } from "../config/node-config.ts";

export interface PageServer {
  readonly url: string;
  close(): Promise<void>;
}

export function servePages(
  fetch: (request: Request) => Response | Promise<Response>,
  address: ListenAddress,
): Promise<PageServer> {
  return new Promise((resolve, reject) => {
    const onListening = (info: AddressInfo): void => {
      const host = address.host.includes(":") ? `[${address.host}]` : address.host;
      resolve({ url: `http://${host}:${info.port}`, close: () => closeServer(server) });
    };
    const options = { fetch, hostname: address.host, port: address.port };
    const server = serve(options, onListening) as Server;
    server.on("error", reject);
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
