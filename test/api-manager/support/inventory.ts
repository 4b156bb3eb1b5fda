/** Made-up APIs and policies, as they are after reading: API n has policy n. */
import type {
  ApiInstance,
  AppliedPolicy,
  AutomatedPolicy,
  Environment,
  Publication,
} from "../../../anypoint/src/api-manager/model.ts";
import type { Inventory } from "../../../anypoint/src/api-manager/usage.ts";

export const sandbox: Environment = { id: "sandbox", name: "Sandbox", isProduction: false };
export const production: Environment = { id: "production", name: "Production", isProduction: true };

export const publications = (release: string[], development: string[]): Publication[] => [
  { channel: "release", assetId: "wallarm-custom-policy", versions: release, isSearched: true },
  {
    channel: "development",
    assetId: "wallarm-custom-policy-dev",
    versions: development,
    isSearched: true,
  },
];

export const api = (id: number, more: Partial<ApiInstance> = {}): ApiInstance => ({
  ...{ id: String(id), environment: sandbox, name: `api-${id}` },
  ...{ technology: "flexGateway", gatewayVersion: "1.12.0" },
  ...more,
});

const settings = { groupId: "group", configuration: {}, disabled: false, order: 1 };

export const applied = (
  id: number,
  version: string,
  more: Partial<AppliedPolicy> = {},
): AppliedPolicy => ({
  ...settings,
  ...{ id: String(id), api: api(id), assetId: "wallarm-custom-policy", version },
  ...{ pointcut: null, templateId: "1" },
  ...more,
});

export const automated = (
  id: number,
  version: string,
  more: Partial<AutomatedPolicy> = {},
): AutomatedPolicy => ({
  ...settings,
  ...{ id: String(id), environment: sandbox, assetId: "wallarm-custom-policy", version },
  ...{ rule: { environmentId: "sandbox" }, excluded: [] },
  ...more,
});

export const inventory = (given: Partial<Inventory>): Inventory => ({
  ...{ publications: [], applied: [], automated: [] },
  apis: [api(1), api(2), api(3), api(4)],
  ...given,
});
