/** Does an automated policy reach an API? Its rule of application says for which environment, technologies and versions. */
import type { ApiInstance, AutomatedPolicy, RuleOfApplication } from "./model.ts";

type Reach = Pick<AutomatedPolicy, "rule" | "excluded" | "environment">;

/**
 * Undefined if it does, else why not. What the platform does not tell of an API counts as fitting: an API that seems covered
 * and is not is looked at once too often, the other way round it would be overlooked.
 */
export function whyNotCovered(
  { rule, excluded, environment }: Reach,
  api: ApiInstance,
): string | undefined {
  if (environment.id !== api.environment.id) return "another environment";
  if (excluded.includes(api.id)) return "excluded";
  const { technologies = [], range } = rule;
  if (api.technology !== undefined && technologies.length > 0) {
    if (!technologies.includes(api.technology)) return `technology ${api.technology}`;
  }
  if (
    api.gatewayVersion !== undefined &&
    range !== undefined &&
    !isInRange(api.gatewayVersion, range)
  ) {
    return `gateway version ${api.gatewayVersion}`;
  }
  return undefined;
}

export const coveredApis = (policy: Reach, apis: readonly ApiInstance[]): ApiInstance[] =>
  apis.filter((api) => whyNotCovered(policy, api) === undefined);

/** Both ends belong to it; an `x` in one stands for any number (docs.mulesoft.com, "Apply Automated Policy"). */
function isInRange(
  version: string,
  { from, to }: NonNullable<RuleOfApplication["range"]>,
): boolean {
  const isTooOld = from !== undefined && compareToBound(version, from) < 0;
  const isTooNew = to !== undefined && compareToBound(version, to) > 0;
  return !isTooOld && !isTooNew;
}

function compareToBound(version: string, bound: string): number {
  const parts = version.split(/[.-]/);
  for (const [at, limit] of bound.split(/[.-]/).entries()) {
    if (!/^\d+$/.test(limit)) return 0;
    const difference = Number(parts[at] ?? 0) - Number(limit);
    if (difference !== 0) return difference;
  }
  return 0;
}
