/** Who uses the policy, in which version, who is behind, and who gets it twice? Out of what was read, nothing is asked here. */
import { coveredApis } from "./coverage.ts";
import type {
  ApiInstance,
  AppliedPolicy,
  AutomatedPolicy,
  PolicyVersion,
  Publication,
} from "./model.ts";
import { stepOf } from "./rollout.ts";
import { compareVersions } from "./versions.ts";

/** All that was read of one organization. */
export interface Inventory {
  readonly publications: readonly Publication[];
  readonly apis: readonly ApiInstance[];
  readonly applied: readonly AppliedPolicy[];
  readonly automated: readonly AutomatedPolicy[];
}

export interface Use {
  readonly by: "api" | "automated";
  /** Of the policy as applied. */
  readonly policyId: string;
  readonly environment: string;
  /** The API, or those that the automated policy covers. */
  readonly apis: readonly { readonly id: string; readonly name: string }[];
  readonly assetId: string;
  readonly version: string;
  readonly disabled: boolean;
  /** `observe`, `pass`, `block`, or what it is in between. */
  readonly rollout: string;
  /** The newest of its own channel, release or development. */
  readonly newest: string | undefined;
  readonly state: UseState;
}

/**
 * `unknown version`: applied, and not on Exchange (any more). `newest unknown`: the newest that is known, where no search says that
 * there is none newer.
 */
export type UseState = "current" | "behind" | "unknown version" | "newest unknown";

export interface DoubleUse {
  readonly api: { readonly id: string; readonly name: string };
  readonly environment: string;
  /** Each a way on which the API gets the policy, for people. */
  readonly ways: readonly string[];
}

export interface Usage {
  readonly publications: readonly Publication[];
  readonly uses: readonly Use[];
  readonly twice: readonly DoubleUse[];
  /** APIs with one of their own that is disabled and an automated one: not twice, but again the own one when the other goes. */
  readonly resting: readonly DoubleUse[];
}

export function usageOf(inventory: Inventory): Usage {
  const { publications, apis, applied, automated } = inventory;
  const uses = [
    ...applied.map((policy) => useOf("api", policy, [policy.api], publications)),
    ...automated.map((policy) => {
      return useOf("automated", policy, coveredApis(policy, apis), publications);
    }),
  ];
  return { publications, uses, ...findDoubles(inventory) };
}

export function stateOf(
  { assetId, version }: PolicyVersion,
  publications: readonly Publication[],
): { readonly state: UseState; readonly newest: string | undefined } {
  const found = publications.find((each) => each.assetId === assetId);
  const { versions = [], isSearched = false } = found ?? {};
  const newest = versions[0];
  if (newest !== undefined && compareVersions(version, newest) < 0) {
    return { newest, state: "behind" };
  }
  if (!versions.includes(version)) return { newest, state: "unknown version" };
  return { newest, state: isSearched ? "current" : "newest unknown" };
}

function useOf(
  by: Use["by"],
  policy: AppliedPolicy | AutomatedPolicy,
  apis: readonly ApiInstance[],
  publications: readonly Publication[],
): Use {
  const environment = "api" in policy ? policy.api.environment : policy.environment;
  return {
    by,
    policyId: policy.id,
    environment: environment.name,
    apis: apis.map(nameApi),
    assetId: policy.assetId,
    version: policy.version,
    disabled: policy.disabled,
    rollout: stepOf(policy.configuration),
    ...stateOf(policy, publications),
  };
}

/**
 * Only what runs counts: two of its own, a release and a development version, or its own and an automated one. What is disabled, by
 * somebody or because the platform lets it rest while an automated one covers the API, inspects nothing.
 */
function findDoubles({ apis, applied, automated }: Inventory): Pick<Usage, "twice" | "resting"> {
  const found = apis.map((api) => {
    const own = applied.filter(({ api: { id } }) => id === api.id);
    const covering = automated.filter((policy) => coveredApis(policy, [api]).length > 0);
    const all = [
      ...own.map((policy) => ({ policy, way: `its own (${describeUse(policy)})` })),
      ...covering.map((policy) => ({ policy, way: `automated (${describeUse(policy)})` })),
    ];
    const running = all.filter(({ policy }) => !policy.disabled);
    const isAutomated = running.some(({ policy }) => !("api" in policy));
    const about = { api: nameApi(api), environment: api.environment.name };
    return {
      twice: running.length > 1 ? [{ ...about, ways: running.map(({ way }) => way) }] : [],
      resting:
        running.length === 1 && isAutomated && own.length > 0
          ? [{ ...about, ways: all.map(({ way }) => way) }]
          : [],
    };
  });
  return {
    twice: found.flatMap(({ twice }) => twice),
    resting: found.flatMap(({ resting }) => resting),
  };
}

const describeUse = (policy: AppliedPolicy | AutomatedPolicy): string =>
  `policy ${policy.id}, ${nameVersion(policy)}${policy.disabled ? ", disabled" : ""}`;

export const nameVersion = ({ assetId, version }: PolicyVersion): string => `${assetId} ${version}`;

const nameApi = ({ id, name }: ApiInstance): { id: string; name: string } => ({ id, name });
