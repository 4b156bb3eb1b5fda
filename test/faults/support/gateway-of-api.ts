/** How is one API of the house written down, as a gateway of its own? */
import type { GatewayOptions } from "../../support/gateway-options.ts";
import { POLICY_WASM } from "../../support/scene.ts";
import type { Api, HouseOptions } from "./house.ts";

export function gatewayOfApi(api: Api, { clusters, upstream }: HouseOptions): GatewayOptions {
  const filter = {
    wasm: POLICY_WASM,
    name: `wallarm.default.${api.id}`,
    rootId: "main",
    vmId: api.vm,
    config: api.config,
    allowOnHeadersStopIteration: true,
  };
  return { filters: [filter], upstream: { url: upstream }, clusters };
}
