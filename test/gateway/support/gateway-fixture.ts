/** A listener in front of one upstream, without filters, and a client for it; all is closed after the test. */
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import { HttpCluster } from "../../../host-sim/src/gateway/http-cluster.ts";
import { Listener, type ListenerOptions } from "../../../host-sim/src/gateway/listener.ts";
import { directRoute, type SeenStream } from "./direct-route.ts";
import { RawClient } from "./raw-client.ts";

export interface GatewayFixture {
  readonly port: number;
  readonly listener: Listener;
  readonly seen: SeenStream[];
  readonly cluster: HttpCluster;
  client(): Promise<RawClient>;
}

export async function startUpstream(
  handler: RequestListener,
  wire?: (server: Server) => void,
): Promise<string> {
  const server = createServer(handler);
  // A gateway that is cut off resets its upgraded connections.
  server.on("connection", (socket) => socket.on("error", () => undefined));
  wire?.(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export async function startGateway(
  upstream: string,
  options: Partial<ListenerOptions> = {},
): Promise<GatewayFixture> {
  const cluster = await HttpCluster.create({ name: "upstream", url: upstream });
  const seen: SeenStream[] = [];
  const createStream = directRoute(cluster, seen);
  const listener = new Listener({ host: "127.0.0.1", port: 0, createStream, ...options });
  const { port } = await listener.listen();
  onTestFinished(async () => {
    await listener.drain(0);
    await cluster.close();
  });
  const client = async (): Promise<RawClient> => {
    const raw = await RawClient.connect(port);
    onTestFinished(() => raw.close());
    return raw;
  };
  return { port, listener, seen, cluster, client };
}
