/** How does the matrix run on real Envoy? One process with a listener for each API; policies share VMs. */
import { eventually } from "../../support/deadline.ts";
import { bootstrap, listenerDiscovery } from "../../support/envoy/bootstrap.ts";
import { EnvoyProcess } from "../../support/envoy/process.ts";
import { parseStats } from "../../support/stats.ts";
import { gatewayOfApi } from "./gateway-of-api.ts";
import type { Builder, House, HouseOptions } from "./house.ts";

const START_DEADLINE_MS = 60_000;

export const envoyHouse = (binary: string): Builder => ({
  name: "envoy",
  async build(options) {
    const envoy = new EnvoyProcess();
    try {
      return await begin(envoy, binary, options);
    } catch (error) {
      await envoy.stop();
      throw error;
    }
  },
});

async function begin(envoy: EnvoyProcess, binary: string, options: HouseOptions): Promise<House> {
  const lds = envoy.write("lds.json", allListeners(options));
  const file = envoy.write(
    "bootstrap.json",
    bootstrap(gatewayOfApi(options.apis[0]!, options), lds),
  );
  const admin = await envoy.start(binary, file, 1);
  const page = async (path: string): Promise<string> =>
    (await fetch(`http://${admin}${path}`)).text();
  const stats = async (filter: string): Promise<Map<string, number>> =>
    parseStats(await page(`/stats?filter=${encodeURIComponent(filter)}`));
  await eventually("all listeners serve", () => areServing(stats), START_DEADLINE_MS);
  const ports = portsOf(await page("/listeners?format=json"));
  return {
    target(api) {
      const port = ports.get(api);
      if (port === undefined) throw new Error(`Envoy has no listener for ${api}`);
      return { host: "127.0.0.1", port };
    },
    metrics: () => stats("^wasmcustom"),
    logs: () => envoy.lines,
    leftovers: async () => alive(await stats("rq_active$|rq_pending_active$|held_bytes$"), envoy),
    stop: () => envoy.stop(),
  };
}

function allListeners(options: HouseOptions): object {
  const resources = options.apis.map((api) => {
    const one = gatewayOfApi(api, options);
    const [listener] = listenerDiscovery(one, one.filters, 1).resources as object[];
    return { ...listener, name: api.id };
  });
  return { version_info: "1", resources };
}

type Stats = (filter: string) => Promise<Map<string, number>>;

async function areServing(stats: Stats): Promise<boolean> {
  const manager = await stats("^listener_manager");
  const is = (name: string): number => manager.get(`listener_manager.${name}`) ?? 0;
  if (is("lds.update_rejected") > 0) throw new Error("Envoy refused the listeners");
  return is("lds.update_success") > 0 && is("total_listeners_warming") === 0;
}

interface ListenersPage {
  listener_statuses: {
    name: string;
    local_address: { socket_address: { port_value: number } };
  }[];
}

function portsOf(page: string): Map<string, number> {
  const { listener_statuses: all } = JSON.parse(page) as ListenersPage;
  return new Map(all.map((each) => [each.name, each.local_address.socket_address.port_value]));
}

/** The admin page that was asked is a request too, but not one of these counters. */
function alive(stats: ReadonlyMap<string, number>, envoy: EnvoyProcess): string[] {
  if (envoy.exit !== undefined) return [`Envoy is gone: ${envoy.exit}`];
  const own = [...stats].filter(([name]) => !name.startsWith("http.admin."));
  return own.flatMap(([name, value]) => (value === 0 ? [] : [`${name} ${value}`]));
}
