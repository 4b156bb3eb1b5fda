/** Was a change done? What is there now is compared with what was asked for. */
import type { Done } from "./attempt.ts";
import { differences } from "./differences.ts";
import type {
  ApiInstance,
  AppliedPolicy,
  AutomatedPolicy,
  Environment,
  PolicyVersion,
} from "./model.ts";
import { readAutomated, readOwnPolicies } from "./read-inventory.ts";
import type { Workplace } from "./workplace.ts";

type Look<T> = (place: Workplace) => Promise<Done<T> | undefined>;

const isSame = (one: PolicyVersion, other: PolicyVersion): boolean =>
  one.assetId === other.assetId && one.version === other.version;

const doneWith = <T>(result: T | undefined): Done<T> | undefined =>
  result === undefined ? undefined : { result };

/** At an API that did not have it: the new policy's id. */
export const lookForApplied =
  (api: ApiInstance, wanted: PolicyVersion): Look<string> =>
  async (place) =>
    doneWith((await readOwnPolicies(place, api)).find((each) => isSame(each, wanted))?.id);

/** The policy in the version that was asked for. What else was not kept is told by who asked. */
export const lookForVersion =
  (wanted: AppliedPolicy): Look<AppliedPolicy> =>
  async (place) => {
    const now = await readOwnPolicies(place, wanted.api);
    return doneWith(now.find((each) => each.id === wanted.id && isSame(each, wanted)));
  };

/** The same, with the configuration that was asked for. */
export const lookForChanged =
  (wanted: AppliedPolicy): Look<AppliedPolicy> =>
  async (place) => {
    const found = await lookForVersion(wanted)(place);
    const differs = differences(found?.result.configuration ?? {}, wanted.configuration);
    return differs.length === 0 ? found : undefined;
  };

export const lookForRemoved =
  (policy: AppliedPolicy | AutomatedPolicy): Look<void> =>
  async (place) => {
    const now: readonly { id: string }[] =
      "api" in policy ? await readOwnPolicies(place, policy.api) : await readAutomated(place);
    return now.some(({ id }) => id === policy.id) ? undefined : { result: undefined };
  };

export const lookForAutomated =
  (environment: Environment, wanted: PolicyVersion): Look<AutomatedPolicy> =>
  async (place) => {
    const now = await readAutomated(place);
    return doneWith(
      now.find((each) => each.environment.id === environment.id && isSame(each, wanted)),
    );
  };
