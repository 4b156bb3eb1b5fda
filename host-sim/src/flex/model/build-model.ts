/** What do the resources of a directory come to? APIs with their routes and policies, or what is wrong, line by line. */
import { type Directory } from "../documents/read-directory.ts";
import { ConfigurationError, shown } from "../documents/problems.ts";
import { fullName, type Resource } from "../documents/resource.ts";
import { ExtensionSet } from "./extension-set.ts";
import { addressKey, type ApiModel, type GatewayModel, type RouteModel } from "./gateway-model.ts";
import { readApiAddress } from "./read-address.ts";
import { boundPolicy, inlinePolicies, inOrder, readPolicy, targetsOf } from "./read-policies.ts";
import type { PolicyUse } from "./read-policies.ts";
import { readRoutePolicy, readServices, ROUTE_POLICIES } from "./read-routes.ts";
import { ResourceIndex } from "./resource-index.ts";
import { readLogLevel } from "./read-log-level.ts";

interface Sources {
  readonly index: ResourceIndex;
  readonly extensions: ExtensionSet;
  readonly uses: ReadonlyMap<Resource, readonly PolicyUse[]>;
  readonly env: ReadonlyMap<string, string>;
}

/** Throws a ConfigurationError with a line for each problem. */
export function buildModel(
  { resources, problems }: Directory,
  env: ReadonlyMap<string, string>,
): GatewayModel {
  const index = new ResourceIndex(resources);
  const extensions = new ExtensionSet(index);
  const uses = policyUses(index);
  const apis = index
    .all("ApiInstance")
    .map((api) => readApi(api, { index, extensions, uses, env }));
  for (const service of index.all("Service")) service.spec.onlyHas(["address"]);
  const logLevel = index.all("Configuration").reduce<string | undefined>(readLogLevel, undefined);
  reportSamePlaces(apis, index);
  if (problems.errors.length > 0) throw new ConfigurationError([...new Set(problems.errors)]);
  return { apis, logLevel, warnings: [...new Set(problems.warnings)], files: extensions.files };
}

/** By API: its own policies first, then bindings as they are read. */
function policyUses(index: ResourceIndex): Map<Resource, PolicyUse[]> {
  const apis = index.all("ApiInstance");
  const uses = new Map(apis.map((api) => [api, inlinePolicies(api)]));
  for (const binding of index.all("PolicyBinding")) {
    const use = boundPolicy(binding);
    const targets = targetsOf(binding, apis, (reference, owner) =>
      index.find("ApiInstance", reference, owner),
    );
    for (const api of targets) uses.get(api)?.push(use);
  }
  return uses;
}

function readApi(api: Resource, { index, extensions, uses, env }: Sources): ApiModel {
  api.spec.onlyHas(["address", "services", "policies"]);
  const { name, namespace, where } = api;
  const own = uses.get(api) ?? [];
  const isRoute = ({ policyRef }: PolicyUse): boolean =>
    ROUTE_POLICIES.includes(String(policyRef.child("name").value));
  const routes: RouteModel[] = own
    .filter(isRoute)
    .sort((a, b) => (Number(a.order.value) || 50) - (Number(b.order.value) || 50))
    .map(({ policyRef, config, rules, owner }) =>
      readRoutePolicy(policyRef.child("name").text(), config, rules, owner, index),
    );
  const policies = own
    .filter((each) => !isRoute(each))
    .map((each) => readPolicy(each, extensions, env))
    .filter((each) => each !== undefined);
  return {
    id: `${name}.${namespace}.svc`,
    name,
    namespace,
    address: readApiAddress(api.spec.child("address")),
    routes: [...readServices(api), ...routes],
    policies: inOrder(policies),
    where,
  };
}

/** Two APIs at one place are told apart by their routes' rules; if one of them takes everything, the other is dead. */
function reportSamePlaces(apis: readonly ApiModel[], index: ResourceIndex): void {
  const taken = new Map<string, ApiModel>();
  for (const api of apis) {
    const place = `${addressKey(api.address)}${api.address.basePath}`;
    const before = taken.get(place);
    if (before === undefined) taken.set(place, api);
    else if (takesEverything(api) || takesEverything(before)) {
      const resource = index.all("ApiInstance").find((each) => fullName(each) === fullName(api));
      resource?.spec
        .child("address")
        .error(
          `${shown(place)} is also that of ${fullName(before)} (${before.where}); give each its own port or path`,
        );
    }
  }
}

function takesEverything({ routes }: ApiModel): boolean {
  return routes.length === 0 || routes.some(({ rules }) => rules.length === 0);
}
