/** What does the stand-in remember? Plain JSON, one object for the whole platform. */

export interface Gav {
  readonly groupId: string;
  readonly assetId: string;
  readonly version: string;
}

/** Contents lie beside the state, named by their SHA-256. */
export interface StoredFile {
  readonly classifier: string;
  readonly packaging: string;
  readonly fileName: string;
  readonly sha256: string;
  readonly md5: string;
  readonly size: number;
}

export const assetStatuses = ["development", "published", "deprecated"] as const;
export type AssetStatus = (typeof assetStatuses)[number];

export interface AssetPage {
  name: string;
  path: string;
  markdown: string;
}

export interface Asset extends Gav {
  organizationId: string;
  name: string;
  description: string;
  type: string;
  status: AssetStatus;
  createdAt: string;
  modifiedAt: string;
  createdBy: string;
  dependencies: Gav[];
  tags: string[];
  keywords: string[];
  properties: Record<string, string>;
  categories: Record<string, string>;
  fields: Record<string, string>;
  files: StoredFile[];
  pages: AssetPage[];
  draftPages: AssetPage[];
  resources: StoredFile[];
  draftResources: StoredFile[];
  /** Of a policy's implementation: what its metadata.yaml says. */
  implementation?: { technology: string; minRuntimeVersion: string; maxRuntimeVersion?: string };
  /** Deleted softly: the asset is gone, its version number stays taken. */
  deleted?: true;
}

export interface Publication {
  readonly id: string;
  readonly gav: Gav;
  status: "running" | "completed" | "error";
  statusCode?: number;
  errors?: string[];
}

export interface Upstream {
  id: string;
  label: string | null;
  uri: string;
  tlsContext: Record<string, unknown> | null;
  createdAt: string;
  updatedAt: string;
}

export interface Endpoint {
  type: string;
  uri: string | null;
  proxyUri: string | null;
  deploymentType: string;
  [key: string]: unknown;
}

export interface ApiInstance {
  readonly id: number;
  readonly organizationId: string;
  readonly environmentId: string;
  groupId: string;
  assetId: string;
  assetVersion: string;
  exchangeAssetName: string;
  instanceLabel: string | null;
  technology: string;
  endpointUri: string | null;
  endpoint: Endpoint;
  routing: unknown[] | null;
  upstreams: Upstream[];
  deprecated: boolean;
  /** By a deployment of its own; every API is served without one too. */
  deployed?: true;
  /** Of the gateway that serves it: what a rule of application compares its range with. */
  gatewayVersion: string;
  createdAt: string;
  updatedAt: string;
}

export interface PolicyChoice {
  groupId: string;
  assetId: string;
  assetVersion: string;
}

interface PolicySetting extends PolicyChoice {
  configurationData: Record<string, unknown>;
  pointcutData: unknown[] | null;
  order: number;
  disabled: boolean;
  createdAt: string;
  updatedAt: string;
}

export interface AppliedPolicy extends PolicySetting {
  readonly id: number;
  readonly apiId: number;
  policyTemplateId: string;
}

export interface RuleOfApplication {
  environmentId: string;
  organizationId: string;
  technologies?: string[];
  range?: { from?: string; to?: string };
}

export interface AutomatedPolicy extends PolicySetting {
  readonly id: number;
  readonly organizationId: string;
  ruleOfApplication: RuleOfApplication;
  excludedApis: number[];
}

export interface IssuedToken {
  readonly token: string;
  readonly userId: string;
  readonly expiresAt: number;
}

export interface Environment {
  id: string;
  name: string;
  organizationId: string;
  type: string;
  isProduction: boolean;
}

export interface State {
  readonly format: 1;
  nextApiId: number;
  nextPolicyId: number;
  tokens: IssuedToken[];
  /** Made after the start; those of the settings are not kept here. */
  environments: Environment[];
  removedEnvironments: string[];
  assets: Asset[];
  publications: Publication[];
  apis: ApiInstance[];
  policies: AppliedPolicy[];
  automatedPolicies: AutomatedPolicy[];
}

export function emptyState(): State {
  return {
    format: 1,
    nextApiId: 19_000_001,
    nextPolicyId: 6_000_001,
    tokens: [],
    environments: [],
    removedEnvironments: [],
    assets: [],
    publications: [],
    apis: [],
    policies: [],
    automatedPolicies: [],
  };
}
