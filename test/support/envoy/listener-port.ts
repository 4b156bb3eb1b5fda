/** Where does Envoy listen, which was asked to take any port? */
import { eventually } from "../deadline.ts";

/** The port of its first listener; `page` reads a page of its admin interface. */
export async function listenerPort(page: (path: string) => Promise<string>): Promise<number> {
  return eventually("Envoy listens", async () => {
    const { listener_statuses: listeners = [] } = JSON.parse(
      await page("/listeners?format=json"),
    ) as ListenersPage;
    return listeners[0]?.local_address.socket_address.port_value;
  });
}

interface ListenersPage {
  listener_statuses?: { local_address: { socket_address: { port_value: number } } }[];
}
