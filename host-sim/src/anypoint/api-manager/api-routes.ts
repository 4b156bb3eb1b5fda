/** What does API Manager answer about APIs? Managing, listing, changing, promoting and deleting instances. */
import {
  type Call,
  isObject,
  type JsonObject,
  readObject,
  type Routes,
  textOf,
} from "../http/context.ts";
import { managerRefusal } from "../http/refusal.ts";
import type { ApiInstance, Asset } from "../state/model.ts";
import { apiView, changeApi, newApi } from "./api-instance.ts";
import { API, ENVIRONMENT, type Manager } from "./manager.ts";

export function addApis(routes: Routes, manager: Manager): void {
  const { store } = manager.platform;
  routes.get(`${ENVIRONMENT}/apis`, (call) => call.json(listView(call, manager)));
  routes.post(`${ENVIRONMENT}/apis`, async (call) => {
    const scope = manager.scopeOf(call);
    const body = await readObject(call);
    const api = isObject(body.promote)
      ? promote(manager, body, body.promote, scope)
      : manage(manager, body, call.get("identity").organizations, scope);
    return call.json(apiView(api), 201);
  });
  routes.get(API, (call) => call.json(apiView(manager.apiOf(call))));
  routes.patch(API, async (call) => {
    const api = manager.apiOf(call);
    const body = await readObject(call);
    const asset = body.assetVersion === undefined ? undefined : otherVersion(manager, api, body);
    store.change(() => {
      if (asset) api.assetVersion = asset.version;
      changeApi(api, body, manager.now());
    });
    return call.json(apiView(api));
  });
  routes.delete(API, (call) => {
    const api = manager.apiOf(call);
    store.change((state) => {
      state.apis.splice(state.apis.indexOf(api), 1);
      state.policies = state.policies.filter(({ apiId }) => apiId !== api.id);
    });
    return call.body(null, 204);
  });
}

type Scope = ReturnType<Manager["scopeOf"]>;

const birth = (manager: Manager, scope: Scope) => ({
  ...scope,
  id: manager.platform.store.state.nextApiId,
  gatewayVersion: manager.platform.gatewayVersion,
  now: manager.now(),
});

function manage(
  manager: Manager,
  body: JsonObject,
  groups: readonly string[],
  scope: Scope,
): ApiInstance {
  const spec = isObject(body.spec) ? body.spec : {};
  const asset = findApiAsset(manager, spec, groups);
  const api = newApi(body, asset, birth(manager, scope));
  requireFreeAddress(manager, api);
  return keep(manager, api);
}

function findApiAsset(manager: Manager, spec: JsonObject, groups: readonly string[]): Asset {
  const [groupId, assetId, version] = [
    textOf(spec.groupId),
    textOf(spec.assetId),
    textOf(spec.version),
  ];
  const found = groups.includes(groupId)
    ? manager.catalog.find({ groupId, assetId, version })
    : undefined;
  if (!found?.type.endsWith("-api")) {
    throw managerRefusal(
      404,
      `API asset ${groupId}/${assetId}/${version} was not found in Exchange`,
    );
  }
  return found;
}

/** A copy in another environment, with the policies of the original if that is wished. */
function promote(manager: Manager, body: JsonObject, wish: JsonObject, scope: Scope): ApiInstance {
  const origin = manager.platform.store.state.apis.find(
    ({ id, organizationId }) => id === wish.originApiId && organizationId === scope.organizationId,
  );
  if (!origin) throw managerRefusal(404, `API instance ${String(wish.originApiId)} was not found`);
  const api: ApiInstance = {
    ...structuredClone(origin),
    ...birth(manager, scope),
    instanceLabel: textOf(body.instanceLabel) || null,
  };
  keep(manager, api);
  if (isObject(wish.policies) && wish.policies.allEntities === true) {
    manager.platform.store.change((state) => {
      for (const policy of manager.policiesOf(origin)) {
        state.policies.push({
          ...structuredClone(policy),
          id: state.nextPolicyId++,
          apiId: api.id,
        });
      }
    });
  }
  return api;
}

function keep(manager: Manager, api: ApiInstance): ApiInstance {
  manager.platform.store.change((state) => {
    state.nextApiId++;
    state.apis.push(api);
  });
  return api;
}

/** One gateway serves the environment: two of its APIs can't share port and path. */
function requireFreeAddress(manager: Manager, api: ApiInstance): void {
  const { proxyUri } = api.endpoint;
  const taken = manager
    .apis(api.environmentId)
    .find((each) => proxyUri !== null && each.endpoint.proxyUri === proxyUri);
  if (taken) throw managerRefusal(409, `${proxyUri!} is already taken by API instance ${taken.id}`);
}

function otherVersion(manager: Manager, api: ApiInstance, body: JsonObject): Asset {
  const { groupId, assetId } = api;
  const version = textOf(body.assetVersion);
  const found = manager.catalog.find({ groupId, assetId, version });
  if (!found)
    throw managerRefusal(404, `Asset version ${groupId}/${assetId}/${version} was not found`);
  return found;
}

/** Instances grouped by their asset. */
function listView(call: Call, manager: Manager): JsonObject {
  const { environmentId } = manager.scopeOf(call);
  const {
    assetId,
    instanceLabel,
    productVersion,
    limit = "20",
    offset = "0",
    query = "",
  } = call.req.query();
  const found = manager
    .apis(environmentId)
    .filter((api) => assetId === undefined || api.assetId === assetId)
    .filter((api) => instanceLabel === undefined || api.instanceLabel === instanceLabel)
    .filter((api) => productVersion === undefined || apiView(api).productVersion === productVersion)
    .filter((api) => `${api.assetId} ${api.exchangeAssetName}`.includes(query));
  const shown = found.slice(Number(offset), Number(offset) + Number(limit));
  return { total: found.length, instances: shown.map(apiView), assets: byAsset(shown) };
}

function byAsset(apis: readonly ApiInstance[]): JsonObject[] {
  const groups = new Map<string, ApiInstance[]>();
  for (const api of apis) {
    const key = `${api.groupId}:${api.assetId}`;
    groups.set(key, [...(groups.get(key) ?? []), api]);
  }
  return [...groups.values()].map((instances, at) => {
    const { groupId, assetId, exchangeAssetName, organizationId } = instances[0]!;
    const audit = apiView(instances[0]!).audit;
    return {
      ...{ id: at + 1, groupId, assetId, name: assetId, exchangeAssetName, organizationId, audit },
      totalApis: instances.length,
      apis: instances.map(apiView),
    };
  });
}
