/**
 * Which APIs does an automated policy reach, and why not the others? And what runs at an API in the end: an automated policy
 * goes before the same policy applied to the API alone, which rests until the automated one is gone (MuleSoft: Applying
 * Automated Policies, Conflict Management).
 */
import { compareVersions } from "../exchange/version.ts";
import type { ApiInstance, AppliedPolicy, AutomatedPolicy } from "../state/model.ts";
import type { Manager } from "./manager.ts";
import { findImplementation, isSamePolicy } from "./policy-choice.ts";

export interface Coverage {
  readonly api: ApiInstance;
  /** Undefined: it is covered. */
  readonly reason?: string;
}

/** Of all APIs in the environment of the rule. */
export const coverageOf = (manager: Manager, policy: AutomatedPolicy): Coverage[] =>
  manager
    .apis(policy.ruleOfApplication.environmentId)
    .filter(({ organizationId }) => organizationId === policy.organizationId)
    .map((api) => {
      const reason = whyNot(manager, policy, api);
      return { api, ...(reason !== undefined && { reason }) };
    });

function whyNot(manager: Manager, policy: AutomatedPolicy, api: ApiInstance): string | undefined {
  const { technologies, range } = policy.ruleOfApplication;
  const { technology, gatewayVersion } = api;
  if (policy.excludedApis.includes(api.id)) return "the API is excluded";
  if (technologies && !technologies.includes(technology)) {
    return `the rule is for ${technologies.join(", ")}, the API runs on ${technology}`;
  }
  if (range?.from !== undefined && compareToBound(gatewayVersion, range.from) < 0) {
    return `the gateway's version ${gatewayVersion} is below ${range.from}`;
  }
  if (range?.to !== undefined && compareToBound(gatewayVersion, range.to) > 0) {
    return `the gateway's version ${gatewayVersion} is above ${range.to}`;
  }
  if (!findImplementation(manager, policy, technology, gatewayVersion)) {
    return `the policy has no implementation for ${technology} ${gatewayVersion}`;
  }
  return undefined;
}

/** In a bound, what is left out and an `x` stand for any number (MuleSoft: Applying Automated Policies, Version range). */
function compareToBound(version: string, bound: string): number {
  const wanted = bound.split(".").filter((part) => part !== "x");
  const given = version.split("-", 1)[0]!.split(".").slice(0, wanted.length);
  return compareVersions(given.join("."), wanted.join("."));
}

const isCovered = (manager: Manager, policy: AutomatedPolicy, api: ApiInstance): boolean =>
  policy.organizationId === api.organizationId &&
  policy.ruleOfApplication.environmentId === api.environmentId &&
  whyNot(manager, policy, api) === undefined;

export const automatedAt = (manager: Manager, api: ApiInstance): AutomatedPolicy[] =>
  manager.automatedPolicies(api.organizationId).filter((policy) => isCovered(manager, policy, api));

/** The automated policy that keeps this one from running. */
export const overriddenBy = (
  manager: Manager,
  api: ApiInstance,
  policy: AppliedPolicy,
): AutomatedPolicy | undefined =>
  automatedAt(manager, api).find((each) => !each.disabled && isSamePolicy(each, policy));

/** What runs, in its order: automated policies first. */
export function effectivePolicies(
  manager: Manager,
  api: ApiInstance,
): (AppliedPolicy | AutomatedPolicy)[] {
  const own = manager.policiesOf(api).filter((policy) => !overriddenBy(manager, api, policy));
  return [...automatedAt(manager, api), ...own].filter(({ disabled }) => !disabled);
}
