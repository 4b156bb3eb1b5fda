/** What does API Manager answer about automated policies? Creating, listing, changing, removing, and which APIs they cover. */
import { theirs } from "../accounts/routes.ts";
import {
  type Call,
  isObject,
  type JsonObject,
  readObject,
  type Routes,
  textOf,
} from "../http/context.ts";
import { managerRefusal, type SchemaFinding, schemaRefusal } from "../http/refusal.ts";
import type { AutomatedPolicy, RuleOfApplication } from "../state/model.ts";
import { auditOf, technologies } from "./api-instance.ts";
import { coverageOf } from "./coverage.ts";
import type { Manager } from "./manager.ts";
import { implementationViews, isSamePolicy, readPolicy } from "./policy-choice.ts";

const PATHS = ["/apimanager/api/v1", "/apimanager/xapi/v1"].map(
  (prefix) => `${prefix}/organizations/:org/automated-policies`,
);

export function addAutomatedPolicies(routes: Routes, manager: Manager): void {
  for (const path of PATHS) {
    addCollection(routes, manager, path);
    addOne(routes, manager, `${path}/:policy`);
    addCoverage(routes, manager, `${path}/:policy`);
  }
}

function addCollection(routes: Routes, manager: Manager, path: string): void {
  routes.get(path, (call) => {
    const { id } = theirs(call, manager.platform.directory);
    const environmentId = call.req.query("environmentId");
    const found = manager
      .automatedPolicies(id)
      .filter((each) => environmentId === undefined || inEnvironment(each, environmentId));
    const automatedPolicies = found.map((each) => automatedView(manager, each));
    return call.json({ automatedPolicies, total: automatedPolicies.length });
  });
  routes.post(path, async (call) => {
    const { id } = theirs(call, manager.platform.directory);
    const made = create(manager, id, await readObject(call), call.get("identity").organizations);
    return call.json(automatedView(manager, made), 201);
  });
}

const inEnvironment = (policy: AutomatedPolicy, environmentId: string): boolean =>
  policy.ruleOfApplication.environmentId === environmentId;

function addOne(routes: Routes, manager: Manager, path: string): void {
  const { store } = manager.platform;
  routes.get(path, (call) => call.json(automatedView(manager, policyOf(call, manager))));
  routes.patch(path, async (call) => {
    const policy = policyOf(call, manager);
    const body = await readObject(call);
    const next = readAutomated(manager, policy.organizationId, { ...policy, ...body }, call);
    if (!isSamePolicy(next, policy))
      throw managerRefusal(400, "A policy can't become another policy");
    store.change(() => Object.assign(policy, next, { updatedAt: manager.now() }));
    return call.json(automatedView(manager, policy));
  });
  routes.delete(path, (call) => {
    const policy = policyOf(call, manager);
    store.change(({ automatedPolicies }) =>
      automatedPolicies.splice(automatedPolicies.indexOf(policy), 1),
    );
    return call.body(null, 204);
  });
}

/** "See covered APIs" and excluding one. The platform has both; no public source says by which calls: these are ours. */
function addCoverage(routes: Routes, manager: Manager, path: string): void {
  routes.get(`${path}/coverage`, (call) => {
    const apis = coverageOf(manager, policyOf(call, manager)).map(({ api, reason }) => ({
      ...{ id: api.id, assetId: api.assetId, instanceLabel: api.instanceLabel },
      covered: reason === undefined,
      ...(reason !== undefined && { reason }),
    }));
    return call.json({ apis, total: apis.length });
  });
  const exclude = (call: Call, excluded: boolean): Response => {
    const policy = policyOf(call, manager);
    const id = Number(call.req.param("api"));
    if (!coverageOf(manager, policy).some(({ api }) => api.id === id)) {
      throw managerRefusal(404, `API instance ${call.req.param("api")!} was not found`);
    }
    manager.platform.store.change(() => {
      policy.excludedApis = policy.excludedApis.filter((each) => each !== id);
      if (excluded) policy.excludedApis.push(id);
    });
    return call.body(null, 204);
  };
  routes.put(`${path}/exclusions/:api`, (call) => exclude(call, true));
  routes.delete(`${path}/exclusions/:api`, (call) => exclude(call, false));
}

function policyOf(call: Call, manager: Manager): AutomatedPolicy {
  const organization = theirs(call, manager.platform.directory);
  const id = call.req.param("policy") ?? "";
  const found = manager.automatedPolicies(organization.id).find((each) => String(each.id) === id);
  if (!found) throw managerRefusal(404, `Automated policy ${id} was not found`);
  return found;
}

type Wish = Omit<AutomatedPolicy, "id" | "organizationId" | "createdAt" | "updatedAt">;

function create(
  manager: Manager,
  organizationId: string,
  body: JsonObject,
  groups: readonly string[],
): AutomatedPolicy {
  const others = manager.automatedPolicies(organizationId);
  const order = Math.max(0, ...others.map((each) => each.order)) + 1;
  const wish = readWish(
    manager,
    organizationId,
    { order, disabled: false, excludedApis: [], ...body },
    groups,
  );
  const { environmentId } = wish.ruleOfApplication;
  if (others.some((each) => inEnvironment(each, environmentId) && isSamePolicy(each, wish))) {
    const message = `Policy ${wish.assetId} is already an automated policy of environment ${environmentId}`;
    throw managerRefusal(409, message);
  }
  const now = manager.now();
  return manager.platform.store.change((state) => {
    const id = state.nextPolicyId++;
    const made = { ...wish, id, organizationId, createdAt: now, updatedAt: now };
    state.automatedPolicies.push(made);
    return made;
  });
}

const readAutomated = (
  manager: Manager,
  organizationId: string,
  body: JsonObject,
  call: Call,
): Wish => readWish(manager, organizationId, body, call.get("identity").organizations);

function readWish(
  manager: Manager,
  organizationId: string,
  body: JsonObject,
  groups: readonly string[],
): Wish {
  const findings: SchemaFinding[] = [];
  const ruleOfApplication = readRule(body.ruleOfApplication, organizationId, findings);
  const { order, disabled } = body;
  if (!Number.isInteger(order) || (order as number) < 1) {
    findings.push({ dataPath: ".order", keyword: "minimum", message: "should be an integer >= 1" });
  }
  if (typeof disabled !== "boolean") {
    findings.push({ dataPath: ".disabled", keyword: "type", message: "should be boolean" });
  }
  const excludedApis = body.excludedApis as number[];
  if (!Array.isArray(excludedApis) || !excludedApis.every(Number.isInteger)) {
    findings.push({
      dataPath: ".excludedApis",
      keyword: "type",
      message: "should be a list of ids",
    });
  }
  if (findings.length > 0) throw schemaRefusal(findings);
  manager.requireEnvironment(organizationId, ruleOfApplication.environmentId);
  const choice = readPolicy(manager, body, groups);
  const rest = { order: order as number, disabled: disabled as boolean, excludedApis };
  return { ...choice, ruleOfApplication, ...rest };
}

function readRule(
  value: unknown,
  organizationId: string,
  findings: SchemaFinding[],
): RuleOfApplication {
  const rule = isObject(value) ? value : {};
  const wrong = (path: string, keyword: string, message: string): void => {
    findings.push({ dataPath: `.ruleOfApplication${path}`, keyword, message });
  };
  if (textOf(rule.environmentId) === "") wrong(".environmentId", "required", "is required");
  if (rule.organizationId !== undefined && rule.organizationId !== organizationId) {
    wrong(".organizationId", "const", "should be the organization in the path");
  }
  const wanted = rule.technologies;
  if (
    wanted !== undefined &&
    !(Array.isArray(wanted) && wanted.every((each) => technologies.includes(each as string)))
  ) {
    wrong(".technologies", "enum", `should be a list of ${technologies.join(", ")}`);
  }
  const range = isObject(rule.range) ? rule.range : {};
  for (const key of ["from", "to"]) {
    if (range[key] !== undefined && !/^\d+(\.(\d+|x)){0,2}$/.test(textOf(range[key]))) {
      wrong(`.range.${key}`, "pattern", "should be a version");
    }
  }
  return { ...rule, environmentId: textOf(rule.environmentId), organizationId };
}

function automatedView(manager: Manager, policy: AutomatedPolicy): JsonObject {
  const { createdAt, updatedAt, ...shown } = policy;
  return {
    ...shown,
    audit: auditOf({ createdAt, updatedAt }),
    implementationAssets: implementationViews(manager, policy),
  };
}
