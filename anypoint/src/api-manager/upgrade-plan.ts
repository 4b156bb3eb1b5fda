/** What is to be upgraded, and to which version? Decided from what was read, before anything is changed. */
import { whyNotCovered } from "./coverage.ts";
import type { AppliedPolicy, AutomatedPolicy, PolicyVersion } from "./model.ts";
import { stateOf, type Inventory } from "./usage.ts";
import { chooseVersion } from "./versions.ts";

export interface UpgradeWish {
  readonly api: string | undefined;
  /** Undefined: the newest of its own channel. */
  readonly version: string | undefined;
  /** A new configuration is a reason even where the version is right. */
  readonly hasConfiguration: boolean;
}

export interface UpgradePlan {
  readonly apis: readonly {
    readonly policy: AppliedPolicy;
    readonly target: PolicyVersion;
    /** An automated policy reaches the API too, disabled or not: applying again would be refused. */
    readonly coveredBy: AutomatedPolicy | undefined;
  }[];
  readonly automated: readonly {
    readonly policy: AutomatedPolicy;
    readonly target: PolicyVersion;
  }[];
  /** Used by that many, changed or not. */
  readonly uses: number;
}

/** Undefined: the wanted version is not on Exchange. */
export function planUpgrade(inventory: Inventory, wish: UpgradeWish): UpgradePlan | undefined {
  const { publications, applied, automated } = inventory;
  const wanted = wish.version && chooseVersion(publications, wish.version);
  if (wish.version && !wanted) return undefined;
  const targetOf = (policy: PolicyVersion): PolicyVersion | undefined => {
    const target = wanted || newestOf(policy, inventory);
    const isThere = target.assetId === policy.assetId && target.version === policy.version;
    return isThere && !wish.hasConfiguration ? undefined : target;
  };
  const chosen = applied.filter(({ api }) => wish.api === undefined || api.id === wish.api);
  const others = wish.api === undefined ? automated : [];
  return {
    apis: chosen.flatMap((policy) => {
      const target = targetOf(policy);
      const coveredBy = automated.find((each) => whyNotCovered(each, policy.api) === undefined);
      return target ? [{ policy, target, coveredBy }] : [];
    }),
    automated: others.flatMap((policy) => {
      const target = targetOf(policy);
      return target ? [{ policy, target }] : [];
    }),
    uses: chosen.length + others.length,
  };
}

function newestOf(policy: PolicyVersion, { publications }: Inventory): PolicyVersion {
  const { state, newest } = stateOf(policy, publications);
  return {
    assetId: policy.assetId,
    version: state === "behind" && newest !== undefined ? newest : policy.version,
  };
}
