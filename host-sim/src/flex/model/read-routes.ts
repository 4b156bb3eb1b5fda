/** Where do the requests of an API go? To its services by their routes, and where `route` and `route-weighted` bindings say. */
import type { Field } from "../documents/field.ts";
import { shown } from "../documents/problems.ts";
import { readRules } from "../documents/read-rules.ts";
import type { Resource } from "../documents/resource.ts";
import { clusterName } from "../service-name.ts";
import type { Destination, RouteModel } from "./gateway-model.ts";
import { readDestinationPath, readServiceAddress } from "./read-address.ts";
import type { ResourceIndex } from "./resource-index.ts";

/** Policies that the gateway itself is: they choose the upstream. */
export const ROUTE_POLICIES: readonly string[] = ["route", "route-weighted"];

/** `spec.services` of an ApiInstance. */
export function readServices(api: Resource): RouteModel[] {
  return api.spec
    .child("services")
    .entries()
    .flatMap((service) => {
      service.onlyHas(["address", "routes"]);
      const name = `${api.name}-${String(service.path.at(-1))}`;
      const cluster = clusterName(name, api.namespace);
      const url = readServiceAddress(service.child("address"));
      const routes = service.child("routes").items();
      if (routes.length === 0) return [everything({ cluster, url, path: "", weight: 1 })];
      return routes.map((route) => readServiceRoute(route, { cluster, url }));
    });
}

function everything(destination: Destination): RouteModel {
  return { rules: [], destinations: [destination] };
}

function readServiceRoute(route: Field, to: Pick<Destination, "cluster" | "url">): RouteModel {
  // Published examples have `destinationPath` one level too high, where it does nothing; so it does here.
  route.onlyHas(["config", "rules", "destinationPath"]);
  if (route.child("destinationPath").exists) {
    route.child("destinationPath").warn("has no effect here; it belongs into config");
  }
  const config = route.child("config");
  config.onlyHas(["destinationPath"]);
  const path = readDestinationPath(config.child("destinationPath"));
  return { rules: readRules(route.child("rules")), destinations: [{ ...to, path, weight: 1 }] };
}

/** What a binding of `route` or `route-weighted` says. */
export function readRoutePolicy(
  policy: string,
  config: Field,
  rules: Field,
  owner: Resource,
  index: ResourceIndex,
): RouteModel {
  const weighted = policy === "route-weighted";
  config.onlyHas(weighted ? ["routes"] : ["destinationPath", "destinationRef"]);
  const routes = weighted ? config.child("routes").items() : [config];
  if (routes.length === 0) config.child("routes").wrongType("a list of one or more destinations");
  return {
    rules: readRules(rules),
    destinations: routes.map((route) => readDestination(route, owner, index, weighted)),
  };
}

function readDestination(
  route: Field,
  owner: Resource,
  index: ResourceIndex,
  weighted: boolean,
): Destination {
  const reference = route.child("destinationRef");
  reference.onlyHas(["name", "namespace", "kind"]);
  const kind = reference.child("kind").textOr("Service");
  if (kind !== "Service") reference.child("kind").error(`${shown(kind)} must be Service`);
  const service = index.find("Service", reference, owner);
  const url = service === undefined ? "" : readServiceAddress(service.spec.child("address"));
  return {
    cluster: service === undefined ? "" : clusterName(service.name, service.namespace),
    url,
    path: readDestinationPath(route.child("destinationPath")),
    weight: weighted ? readWeight(route.child("weight")) : 1,
  };
}

function readWeight(field: Field): number {
  const { value } = field;
  if (typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= 100)
    return value;
  field.wrongType("a whole number from 1 to 100");
  return 1;
}
