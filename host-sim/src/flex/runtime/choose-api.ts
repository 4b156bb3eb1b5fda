/** Which of the APIs at one address takes a request? The one with the longest base path; of several, the one with a route for it. */
import type { HeaderMap } from "../../envoy/header-map.ts";
import { addressKey, type ApiModel } from "../model/gateway-model.ts";
import type { ApiPlan } from "./api-proxies.ts";
import { isBelow, matches } from "./api-routes.ts";

export function chooseApi(
  plans: readonly ApiPlan[],
  address: string,
  headers: HeaderMap,
): ApiModel | undefined {
  let best: ApiModel[] = [];
  for (const { api } of plans) {
    if (addressKey(api.address) !== address || !isBelow(api.address.basePath, headers)) continue;
    const longest = best[0]?.address.basePath.length ?? -1;
    const { length } = api.address.basePath;
    if (length > longest) best = [api];
    else if (length === longest) best.push(api);
  }
  return best.find((api) => best.length === 1 || matches(api, headers)) ?? best[0];
}
