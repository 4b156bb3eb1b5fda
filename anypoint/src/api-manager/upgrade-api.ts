/**
 * How does an API's policy come to another version, with its configuration, order, scope and state kept? In place, by changing
 * the policy (help.salesforce.com, 001115247): the API is never without it. Where the platform does not do that: removed and
 * applied again.
 */
import { isDeepStrictEqual } from "node:util";
import { Problem } from "../problem.ts";
import { settled, type Change } from "./attempt.ts";
import { lookForChanged, lookForVersion } from "./lookouts.ts";
import {
  applyPolicy,
  disablePolicy,
  editPolicy,
  orderPolicies,
  removePolicy,
} from "./policy-commands.ts";
import type { AppliedPolicy, AutomatedPolicy, Configuration, PolicyVersion } from "./model.ts";
import { policiesPath, readOwnPolicies, readPolicies } from "./read-inventory.ts";
import { replacePolicy } from "./replacement.ts";
import { nameVersion } from "./usage.ts";
import type { Workplace } from "./workplace.ts";

export interface ApiUpgrade {
  readonly policy: AppliedPolicy;
  readonly target: PolicyVersion;
  readonly configuration: Configuration;
  /** An automated policy reaches the API too, disabled or not: applying again would be refused. */
  readonly coveredBy: AutomatedPolicy | undefined;
}

export async function upgradeApi(place: Workplace, upgrade: ApiUpgrade): Promise<void> {
  const { policy, target, configuration, coveredBy } = upgrade;
  if (target.assetId === policy.assetId && target.version === policy.version) {
    await settled(place, changeConfiguration(place, policy, configuration));
    return;
  }
  const next = { ...policy, ...target, configuration };
  if (target.assetId === policy.assetId && (await changeInPlace(place, next))) return;
  if (coveredBy !== undefined) throw notAgain(policy, coveredBy);
  await replaceOwn(place, policy, next);
}

/** Known before anything is sent where the asset is another one, which no change in place makes. */
export function requireReplaceable({
  policy,
  target,
  coveredBy,
}: Omit<ApiUpgrade, "configuration">) {
  if (coveredBy !== undefined && target.assetId !== policy.assetId) {
    throw notAgain(policy, coveredBy);
  }
}

function notAgain(policy: AppliedPolicy, { id, disabled, environment }: AutomatedPolicy): Problem {
  const { api } = policy;
  const advice = disabled
    ? `that one is disabled and inspects nothing: remove it, or exclude the API, in API Manager`
    : `\`make remove API=${api.id}\` takes its own away`;
  return new Problem(
    "refused",
    `API ${api.id} gets the policy from an automated one too (policy ${id} of ${environment.name}), so that its own, ` +
      `${nameVersion(policy)}, can't be applied again; nothing was changed: ${advice}`,
  );
}

/** The version stays. */
export const changeConfiguration = (
  place: Workplace,
  policy: AppliedPolicy,
  configuration: Configuration,
): Change<unknown> => ({
  work: () => editPolicy(place, policy, configuration),
  look: lookForChanged({ ...policy, configuration }),
});

/** Whether the platform did it: one that knows better how to say no would refuse. */
async function changeInPlace(place: Workplace, next: AppliedPolicy): Promise<boolean> {
  const { api, id, groupId, assetId, version, templateId, configuration, pointcut } = next;
  const what = `Upgrading policy ${id} of API ${api.id} to ${nameVersion(next)}`;
  const body = {
    ...{ apiVersionId: numberOr(api.id), id: numberOr(id) },
    ...{ groupId, assetId, assetVersion: version },
    ...{ policyTemplateId: templateId, configurationData: configuration, pointcutData: pointcut },
  };
  const work = async (): Promise<AppliedPolicy | undefined> => {
    await place.client.send("PATCH", `${policiesPath(place, api)}/${id}`, what, body);
    return (await readOwnPolicies(place, api)).find((each) => each.id === id);
  };
  const now = await settled(place, { work, look: lookForVersion(next) });
  if (now?.version !== version) return false;
  requireKept(next, now);
  return true;
}

function requireKept(wanted: AppliedPolicy, now: AppliedPolicy): void {
  const kept = ["configuration", "pointcut", "order", "disabled"] as const;
  const lost = kept.filter((key) => !isDeepStrictEqual(wanted[key], now[key]));
  if (lost.length === 0) return;
  throw new Problem(
    "partlyDone",
    `API ${wanted.api.id} has ${nameVersion(now)} now, but the platform did not keep ${lost.join(", ")} of policy ${now.id}: ` +
      "set it again in API Manager",
  );
}

async function replaceOwn(
  place: Workplace,
  old: AppliedPolicy,
  next: AppliedPolicy,
): Promise<void> {
  const { api } = old;
  const neighbours = await readPolicies(place, api);
  const position = neighbours.findIndex(({ id }) => id === old.id);
  await replacePolicy(place, {
    ...{ where: `API ${api.id}`, old, next },
    read: (now) => readOwnPolicies(now, api),
    remove: removePolicy,
    apply: async (now, policy) => {
      const id = await applyPolicy(now, api, policy);
      await moveTo(now, policy, id, position);
      if (policy.disabled) await disablePolicy(now, api, id);
    },
  });
}

/** What is applied comes last. */
async function moveTo(
  place: Workplace,
  { api }: AppliedPolicy,
  id: string,
  position: number,
): Promise<void> {
  const ids = (await readPolicies(place, api)).map((policy) => policy.id);
  const others = ids.filter((each) => each !== id);
  const wanted = [...others.slice(0, position), id, ...others.slice(position)];
  if (!isDeepStrictEqual(wanted, ids)) await orderPolicies(place, api, wanted);
}

const numberOr = (id: string): number | string => (/^\d+$/.test(id) ? Number(id) : id);
