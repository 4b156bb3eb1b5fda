/** Where are the admin pages? On an address of their own, as Envoy's. */
import { createAdaptorServer } from "@hono/node-server";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { adminPages, type AdminSource } from "./admin-pages.ts";

export class AdminServer {
  readonly #server: Server;

  constructor(source: AdminSource) {
    this.#server = createAdaptorServer({ fetch: adminPages(source).fetch }) as Server;
  }

  /** Rejects with node's error when the port can't be had. */
  listen(host: string, port: number): Promise<AddressInfo> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen({ host, port }, () => {
        this.#server.off("error", reject);
        resolve(this.#server.address() as AddressInfo);
      });
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }
}
