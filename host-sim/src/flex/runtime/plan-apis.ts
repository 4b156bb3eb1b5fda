/** What has to run for a model? For each API its filters, its routes and what it is told about itself; and all clusters. */
import { ConfigurationError } from "../documents/problems.ts";
import { fullName } from "../documents/resource.ts";
import type { ApiModel, GatewayModel, PolicyModel } from "../model/gateway-model.ts";
import { authorityOf } from "../service-name.ts";
import { parseUpstreamUrl } from "../../gateway/upstream-address.ts";
import type { ApiPlan } from "./api-proxies.ts";
import { apiRoutes } from "./api-routes.ts";
import type { PolicyFilter, PolicyFilters } from "./policy-filter.ts";

export interface PlannedApi extends ApiPlan {
  readonly policies: readonly { readonly policy: PolicyModel; readonly filter: PolicyFilter }[];
}

export interface PlanSettings {
  readonly routeTimeoutMs: number;
  readonly flexVersion: string;
}

export async function planApis(
  { apis }: GatewayModel,
  filters: PolicyFilters,
  settings: PlanSettings,
): Promise<PlannedApi[]> {
  const plans: PlannedApi[] = [];
  for (const api of apis) {
    const policies = [];
    for (const policy of api.policies) {
      policies.push({ policy, filter: await filters.create(api, policy) });
    }
    plans.push({
      api,
      policies,
      filters: policies.map(({ filter }) => filter.options),
      routes: apiRoutes(api, settings.routeTimeoutMs),
      context: contextOf(api, settings.flexVersion),
    });
  }
  return plans;
}

/** What a filter finds at `listener_metadata.filter_metadata.<api id>.context`. */
function contextOf({ id, name, address }: ApiModel, flexVersion: string): string {
  const api = { id, name, version: "", basePath: address.basePath || "/" };
  return JSON.stringify({ api, environment: { flexVersion } });
}

/** URLs by name: the services of routes, and those that policies asked the agent for. */
export function wantedClusters(
  { apis }: GatewayModel,
  plans: readonly PlannedApi[],
): Map<string, string> {
  const wanted = new Map<string, string>();
  for (const { routes } of apis) {
    for (const { cluster, url } of routes.flatMap(({ destinations }) => destinations)) {
      wanted.set(cluster, url);
    }
  }
  for (const { policy, filter } of plans.flatMap(({ policies }) => policies)) {
    for (const { cluster, uri } of filter.findings?.services ?? []) {
      wanted.set(cluster, serviceUrl(policy, uri));
    }
  }
  return wanted;
}

/** A service's path and user info are for the policy; the cluster knows only where it is. */
function serviceUrl(policy: PolicyModel, uri: string): string {
  const authority = authorityOf(uri).replace(/^.*@/, "");
  const url = `${uri.split("://", 1)[0]!.toLowerCase()}://${authority}`;
  try {
    parseUpstreamUrl(url, `service of policy ${fullName(policy)}`);
    return url;
  } catch (error) {
    throw new ConfigurationError([`${policy.where}: ${(error as Error).message}`]);
  }
}
