/** What of Exchange and API Manager do the commands work on? The platform's names, as far as they are needed here. */

export interface Environment {
  readonly id: string;
  readonly name: string;
  readonly isProduction: boolean;
}

export interface ApiInstance {
  readonly id: string;
  readonly environment: Environment;
  /** For people: the asset and, if it has one, the instance's label. */
  readonly name: string;
  /** `flexGateway`, `mule4` …; undefined where the platform does not say. */
  readonly technology: string | undefined;
  readonly gatewayVersion: string | undefined;
}

/** The id of a policy's asset, and a version of it. */
export interface PolicyVersion {
  readonly assetId: string;
  readonly version: string;
}

export type Configuration = Readonly<Record<string, unknown>>;

/** What somebody chose when the policy was applied: all of it outlives an upgrade. */
export interface PolicySettings extends PolicyVersion {
  readonly configuration: Configuration;
  readonly disabled: boolean;
  /** Undefined where the platform keeps none. */
  readonly order: number | undefined;
}

export interface AppliedPolicy extends PolicySettings {
  readonly id: string;
  readonly groupId: string;
  readonly api: ApiInstance;
  /** Methods and paths that it is limited to; null for all. */
  readonly pointcut: readonly unknown[] | null;
  readonly templateId: string;
}

export interface RuleOfApplication {
  readonly environmentId: string;
  readonly organizationId?: string;
  readonly technologies?: readonly string[];
  readonly range?: { readonly from?: string; readonly to?: string };
}

export interface AutomatedPolicy extends PolicySettings {
  readonly id: string;
  readonly groupId: string;
  readonly environment: Environment;
  readonly rule: RuleOfApplication;
  /** APIs that were taken out of it. */
  readonly excluded: readonly string[];
}

/** A development version is an asset of its own, with a suffix in its id: it is never what a release is compared with. */
export const channels = ["release", "development"] as const;
export type Channel = (typeof channels)[number];

export interface Publication {
  readonly channel: Channel;
  readonly assetId: string;
  /** Newest first. */
  readonly versions: readonly string[];
  /** False: Exchange offers no search here, so that there may be more versions than those that were asked for. */
  readonly isSearched: boolean;
}
