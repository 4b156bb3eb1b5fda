/** What does API Manager answer about gateways? One Flex Gateway is there, and every API can be deployed to it. */
import { isObject, readObject, type Routes, textOf, type JsonObject } from "../http/context.ts";
import { managerRefusal } from "../http/refusal.ts";
import type { ApiInstance } from "../state/model.ts";
import { GATEWAY_ID } from "./api-instance.ts";
import { API, ENVIRONMENT, type Manager } from "./manager.ts";

const TARGETS = ENVIRONMENT.replace("/api/v1", "/xapi/v1") + "/gateway-targets";
const DEPLOYMENTS = API.replace("/apimanager/api/v1", "/proxies/xapi/v1") + "/deployments";

export function addDeployments(routes: Routes, manager: Manager): void {
  const target = {
    id: GATEWAY_ID,
    name: "host-sim",
    type: "server",
    status: "RUNNING",
    gatewayVersion: manager.platform.gatewayVersion,
  };
  routes.get(TARGETS, (call) => {
    manager.scopeOf(call);
    return call.json({ total: 1, rows: [target] });
  });
  routes.get(`${TARGETS}/:target`, (call) => {
    manager.scopeOf(call);
    requireTarget(call.req.param("target"));
    return call.json(target);
  });
  routes.get(DEPLOYMENTS, (call) => {
    const api = manager.apiOf(call);
    return call.json(api.deployed ? [view(api)] : []);
  });
  routes.post(DEPLOYMENTS, async (call) => {
    deploy(manager, manager.apiOf(call), await readObject(call));
    return call.json(view(manager.apiOf(call)), 201);
  });
  routes.patch(`${DEPLOYMENTS}/:deployment`, async (call) => {
    deploy(manager, manager.apiOf(call), await readObject(call));
    return call.json(view(manager.apiOf(call)));
  });
  addEmptyLists(routes, manager);
}

function requireTarget(id: string): void {
  if (id !== GATEWAY_ID) throw managerRefusal(404, `Gateway ${id} was not found`);
}

function deploy(manager: Manager, api: ApiInstance, body: JsonObject): void {
  if (!isObject(body)) throw managerRefusal(400, "a deployment is required");
  requireTarget(textOf(body.targetId));
  const version = textOf(body.gatewayVersion);
  manager.platform.store.change(() => {
    if (version !== "") api.gatewayVersion = version;
    api.deployed = true;
    api.updatedAt = manager.now();
  });
}

const view = ({ id, gatewayVersion, environmentId, organizationId }: ApiInstance): JsonObject => ({
  ...{ id, apiId: id, type: "HY", gatewayVersion, environmentId, organizationId },
  masterOrganizationId: organizationId,
  targetId: GATEWAY_ID,
  targetName: "host-sim",
  targetType: "server",
  expectedStatus: "deployed",
});

/** Kinds of things that the stand-in does not have. */
function addEmptyLists(routes: Routes, manager: Manager): void {
  for (const kind of ["contracts", "tiers", "alerts"]) {
    routes.get(`${API}/${kind}`, (call) => {
      manager.apiOf(call);
      return call.json({ [kind]: [], total: 0 });
    });
  }
}
