/** What does API Manager answer about the policies of an API? Applying, listing, changing, ordering, removing. */
import {
  type Call,
  isObject,
  type JsonObject,
  readJson,
  readObject,
  type Routes,
} from "../http/context.ts";
import { managerRefusal } from "../http/refusal.ts";
import type { ApiInstance, AppliedPolicy, PolicyChoice } from "../state/model.ts";
import { auditOf } from "./api-instance.ts";
import { automatedAt, overriddenBy } from "./coverage.ts";
import { API, type Manager } from "./manager.ts";
import {
  findImplementation,
  implementationViews,
  isSamePolicy,
  readPolicy,
} from "./policy-choice.ts";

const POLICIES = `${API}/policies`;

export function addPolicies(routes: Routes, manager: Manager): void {
  const { store } = manager.platform;
  routes.get(POLICIES, (call) => {
    const api = manager.apiOf(call);
    const policies = manager.policiesOf(api);
    if (call.req.query("fullInfo") !== "true") {
      return call.json(policies.map((policy) => policyView(manager, api, policy)));
    }
    return call.json({ policies: policies.map((policy) => fullView(manager, policy)), tiers: {} });
  });
  routes.post(POLICIES, async (call) => {
    const api = manager.apiOf(call);
    const made = apply(manager, api, await readObject(call), call.get("identity").organizations);
    return call.json(policyView(manager, api, made), 201);
  });
  routes.patch(POLICIES, async (call) => {
    const api = manager.apiOf(call);
    const order = readOrder(await readJson(call), manager.policiesOf(api));
    store.change(() => order.forEach(([policy, place]) => (policy.order = place)));
    return call.json(manager.policiesOf(api).map((policy) => policyView(manager, api, policy)));
  });
  addOnePolicy(routes, manager);
}

function addOnePolicy(routes: Routes, manager: Manager): void {
  const { store } = manager.platform;
  const answer = (call: Call, policy: AppliedPolicy) =>
    call.json(policyView(manager, manager.apiOf(call), policy));
  routes.get(`${POLICIES}/:policy`, (call) => answer(call, manager.policyOf(call)));
  routes.patch(`${POLICIES}/:policy`, async (call) => {
    const policy = manager.policyOf(call);
    const { organizations } = call.get("identity");
    edit(manager, manager.apiOf(call), policy, await readObject(call), organizations);
    return answer(call, policy);
  });
  addSwitches(routes, manager);
  routes.delete(`${POLICIES}/:policy`, (call) => {
    const policy = manager.policyOf(call);
    const rest = manager.policiesOf(manager.apiOf(call)).filter((each) => each !== policy);
    store.change(({ policies }) => {
      policies.splice(policies.indexOf(policy), 1);
      rest.forEach((each, at) => (each.order = at + 1));
    });
    return call.body(null, 204);
  });
}

function addSwitches(routes: Routes, manager: Manager): void {
  for (const [action, disabled] of [
    ["disable", true],
    ["enable", false],
  ] as const) {
    routes.post(`${POLICIES}/:policy/${action}`, (call) => {
      const policy = manager.policyOf(call);
      manager.platform.store.change(() =>
        Object.assign(policy, { disabled, updatedAt: manager.now() }),
      );
      return call.json(policyView(manager, manager.apiOf(call), policy), 201);
    });
  }
}

function apply(
  manager: Manager,
  api: ApiInstance,
  body: JsonObject,
  groups: readonly string[],
): AppliedPolicy {
  const choice = readPolicy(manager, body, groups);
  requireNew(manager, api, choice);
  requireImplementation(manager, api, choice);
  const others = manager.policiesOf(api);
  const now = manager.now();
  return manager.platform.store.change((state) => {
    const made: AppliedPolicy = {
      ...choice,
      id: state.nextPolicyId++,
      apiId: api.id,
      policyTemplateId: `${choice.assetId}`,
      order: Math.max(0, ...others.map(({ order }) => order)) + 1,
      disabled: body.disabled === true,
      createdAt: now,
      updatedAt: now,
    };
    state.policies.push(made);
    return made;
  });
}

function requireNew(manager: Manager, api: ApiInstance, choice: PolicyChoice): void {
  if (manager.policiesOf(api).some((each) => isSamePolicy(each, choice))) {
    throw managerRefusal(
      409,
      `Policy ${choice.assetId} is already applied to API instance ${api.id}`,
    );
  }
  if (automatedAt(manager, api).some((each) => isSamePolicy(each, choice))) {
    const message = `API instance ${api.id} gets policy ${choice.assetId} from an automated policy already`;
    throw managerRefusal(409, message);
  }
}

function requireImplementation(
  manager: Manager,
  { technology, gatewayVersion }: ApiInstance,
  choice: Pick<AppliedPolicy, "groupId" | "assetId" | "assetVersion">,
): void {
  if (findImplementation(manager, choice, technology, gatewayVersion)) return;
  const message = `Policy ${choice.assetId} ${choice.assetVersion} has no implementation for ${technology} ${gatewayVersion}`;
  throw managerRefusal(400, message);
}

/** The CLI sends the whole policy for a new configuration, and `disabled` alone to switch it. */
function edit(
  manager: Manager,
  api: ApiInstance,
  policy: AppliedPolicy,
  body: JsonObject,
  groups: readonly string[],
): void {
  const next = readPolicy(manager, { ...policy, ...body }, groups);
  if (!isSamePolicy(next, policy))
    throw managerRefusal(400, "A policy can't become another policy");
  if (next.assetVersion !== policy.assetVersion) requireImplementation(manager, api, next);
  manager.platform.store.change(() => {
    Object.assign(policy, next);
    if (typeof body.disabled === "boolean") policy.disabled = body.disabled;
    policy.updatedAt = manager.now();
  });
}

function readOrder(body: unknown, policies: AppliedPolicy[]): [AppliedPolicy, number][] {
  const entries = Array.isArray(body) ? body.filter(isObject) : [];
  const order = entries.map(({ id, order }): [AppliedPolicy, number] => {
    const policy = policies.find((each) => each.id === id);
    if (!policy || !Number.isInteger(order) || (order as number) < 1) {
      throw managerRefusal(400, `Invalid order ${String(order)} for policy ${String(id)}`);
    }
    return [policy, order as number];
  });
  if (order.length === 0) throw managerRefusal(400, "An order of policies is required");
  return order;
}

export function policyView(manager: Manager, api: ApiInstance, policy: AppliedPolicy): JsonObject {
  const { createdAt, updatedAt, ...shown } = policy;
  return {
    ...shown,
    // A policy that an automated one goes before is disabled while that lasts.
    disabled: policy.disabled || overriddenBy(manager, api, policy) !== undefined,
    audit: auditOf({ createdAt, updatedAt }),
    masterOrganizationId: api.organizationId,
    organizationId: api.organizationId,
    type: "custom",
    implementationAssets: implementationViews(manager, policy),
  };
}

function fullView(manager: Manager, policy: AppliedPolicy): JsonObject {
  const { groupId, assetId, assetVersion, policyTemplateId, order, pointcutData } = policy;
  return {
    ...{ policyTemplateId, order, pointcutData, type: "custom", policyId: policy.id, version: 1 },
    configuration: policy.configurationData,
    template: { groupId, assetId, assetVersion },
    implementationAsset: implementationViews(manager, policy)[0] ?? null,
  };
}
