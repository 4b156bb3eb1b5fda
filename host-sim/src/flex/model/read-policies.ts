/**
 * Which policies does an API have, in which order? Those of its own, those bound to it, and automated ones whose selector
 * takes it. The order is by number (50 without one); automated before others, then as they are read.
 */
import { Field } from "../documents/field.ts";
import { shown } from "../documents/problems.ts";
import { readRules } from "../documents/read-rules.ts";
import { fullName, type Resource } from "../documents/resource.ts";
import { withEnvironment } from "../schema/environment.ts";
import { checkConfiguration } from "../schema/check-configuration.ts";
import type { ExtensionSet } from "./extension-set.ts";
import type { PolicyModel } from "./gateway-model.ts";

const DEFAULT_ORDER = 50;

/** Said of a policy, inline or by a binding, before it is known what it is. */
export interface PolicyUse {
  readonly name: string;
  readonly namespace: string;
  readonly policyRef: Field;
  readonly config: Field;
  readonly rules: Field;
  readonly order: Field;
  readonly automated: boolean;
  readonly owner: Resource;
}

/** `spec.policies`: named after their API, their policy and their place in the list. */
export function inlinePolicies(api: Resource): PolicyUse[] {
  return api.spec
    .child("policies")
    .items()
    .map((policy, i) => {
      policy.onlyHas(["policyRef", "config", "rules"]);
      const policyRef = policy.child("policyRef");
      const name = `${api.name}-${String(policyRef.child("name").value)}-${i + 1}`;
      return use(policy, { name, namespace: api.namespace, automated: false, owner: api });
    });
}

export function boundPolicy(binding: Resource): PolicyUse {
  const { name, namespace, spec } = binding;
  spec.onlyHas(["targetRef", "policyRef", "config", "order", "rules"]);
  const automated = spec.child("targetRef").child("kind").value === "Selector";
  return use(spec, { name, namespace, automated, owner: binding });
}

function use(
  field: Field,
  rest: Pick<PolicyUse, "name" | "namespace" | "automated" | "owner">,
): PolicyUse {
  const policyRef = field.child("policyRef");
  policyRef.onlyHas(["name", "namespace", "kind"]);
  const kind = policyRef.child("kind").textOr("Extension");
  if (kind !== "Extension") policyRef.child("kind").error(`${shown(kind)} must be Extension`);
  const [config, rules, order] = [
    field.child("config"),
    field.child("rules"),
    field.child("order"),
  ];
  return { ...rest, policyRef, config, rules, order };
}

export function readPolicy(
  each: PolicyUse,
  extensions: ExtensionSet,
  env: ReadonlyMap<string, string>,
): PolicyModel | undefined {
  const extension = extensions.find(each.policyRef, each.owner);
  if (extension === undefined) return undefined;
  const resolved = withEnvironment(each.config, env);
  const config = new Field(each.config.source, each.config.path, resolved);
  checkConfiguration(config, extension.properties, extension.required);
  return {
    name: each.name,
    namespace: each.namespace,
    automated: each.automated,
    order: readOrder(each.order),
    extension: extension.model,
    config: resolved ?? {},
    rules: readRules(each.rules),
    where: each.owner.where,
  };
}

function readOrder(field: Field): number {
  if (!field.exists) return DEFAULT_ORDER;
  if (Number.isInteger(field.value)) return field.value as number;
  field.wrongType("a whole number");
  return DEFAULT_ORDER;
}

export function inOrder(policies: readonly PolicyModel[]): PolicyModel[] {
  return [...policies].sort(
    (a, b) => a.order - b.order || Number(b.automated) - Number(a.automated),
  );
}

/** The APIs that a binding means. */
export function targetsOf(binding: Resource, apis: readonly Resource[], find: FindApi): Resource[] {
  const target = binding.spec.child("targetRef");
  const kind = target.child("kind").textOr("ApiInstance");
  if (kind === "Selector") return selected(target, apis);
  target.onlyHas(["kind", "name", "namespace"]);
  if (kind === "ApiInstance") {
    const api = find(target, binding);
    return api === undefined ? [] : [api];
  }
  const outbound = kind === "Service" ? " (policies of upstreams are not simulated)" : "";
  target.child("kind").error(`${shown(kind)} must be ApiInstance or Selector${outbound}`);
  return [];
}

export type FindApi = (reference: Field, owner: Resource) => Resource | undefined;

/** Without labels, all. */
function selected(target: Field, apis: readonly Resource[]): Resource[] {
  target.onlyHas(["kind", "selector"]);
  const selector = target.child("selector");
  selector.onlyHas(["kind", "labels"]);
  const kind = selector.child("kind").text("ApiInstance");
  if (kind !== "ApiInstance" && kind !== "") {
    selector.child("kind").error(`${shown(kind)} must be ApiInstance`);
  }
  const labels = selector.child("labels").entries();
  const found = apis.filter((api) =>
    labels.every((label) => api.labels.get(String(label.path.at(-1))) === String(label.value)),
  );
  if (found.length === 0)
    selector.warn(
      `no ApiInstance is selected; there are ${apis.map(fullName).join(", ") || "none"}`,
    );
  return found;
}
