/** How does the matrix run in the simulator? A gateway for each API, each with a VM of its own, all in this process. */
import { sumOfMetrics } from "../../support/stats.ts";
import { startGateway } from "../../support/host-sim/engine.ts";
import type { SimulatedGateway } from "../../support/host-sim/engine.ts";
import { gatewayOfApi } from "./gateway-of-api.ts";
import type { Api, Builder, HouseOptions } from "./house.ts";

export const simulatedHouse: Builder = {
  name: "host-sim",
  async build(options) {
    const gateways = new Map<string, SimulatedGateway>();
    for (const api of options.apis) {
      gateways.set(api.id, await startGateway(ofOneApi(api, options)));
    }
    const all = [...gateways.values()];
    return {
      target(api) {
        const gateway = gateways.get(api);
        if (gateway === undefined) throw new Error(`the simulator has no gateway for ${api}`);
        return gateway;
      },
      async metrics() {
        const pages = await Promise.all(all.map((each) => each.stats()));
        return new Map(pages.flatMap((page) => [...page]));
      },
      logs: () => all.flatMap((each) => each.logs()),
      async leftovers() {
        const lists = [...gateways].map(async ([api, gateway]) => {
          const held = sumOfMetrics(await gateway.stats(), "held_bytes");
          const alive = [...gateway.alive(), ...(held > 0 ? [`${held} bytes held`] : [])];
          return alive.map((what) => `${api}: ${what}`);
        });
        return (await Promise.all(lists)).flat();
      },
      async stop() {
        await Promise.all(all.map((each) => each.stop()));
      },
    };
  },
};

/** With the one cluster that it asks: each has connections, and a resolver. */
function ofOneApi(api: Api, options: HouseOptions): ReturnType<typeof gatewayOfApi> {
  const name = String(api.config.wallarm_cluster);
  const cluster = options.clusters[name];
  const clusters = cluster === undefined ? {} : { [name]: cluster };
  return gatewayOfApi(api, { ...options, clusters });
}
