/** Which policy is meant, can it run here, and does its configuration keep to its schema? */
import { isObject, textOf, type JsonObject } from "../http/context.ts";
import { managerRefusal, schemaRefusal } from "../http/refusal.ts";
import { compareVersions } from "../exchange/version.ts";
import type { Asset, PolicyChoice } from "../state/model.ts";
import type { Manager } from "./manager.ts";

export const isSamePolicy = (one: PolicyChoice, other: PolicyChoice): boolean =>
  one.groupId === other.groupId && one.assetId === other.assetId;

const gavOf = ({ groupId, assetId, assetVersion }: PolicyChoice) => ({
  groupId,
  assetId,
  version: assetVersion,
});

/** Reads a choice and its configuration out of a body; throws what the platform would say. */
export function readPolicy(
  manager: Manager,
  body: JsonObject,
  groups: readonly string[],
): PolicyChoice & { configurationData: JsonObject; pointcutData: unknown[] | null } {
  const choice = readChoice(body);
  const definition = findDefinition(manager, choice, groups);
  const { configurationData = {}, pointcutData = null } = body;
  if (!isObject(configurationData))
    throw managerRefusal(400, "configurationData must be an object");
  if (pointcutData !== null && !Array.isArray(pointcutData)) {
    throw managerRefusal(400, "pointcutData must be a list or null");
  }
  const findings = manager.checkConfiguration(definition, configurationData);
  if (findings.length > 0) throw schemaRefusal(findings);
  return { ...choice, configurationData, pointcutData };
}

function readChoice(body: JsonObject): PolicyChoice {
  const choice = {
    groupId: textOf(body.groupId),
    assetId: textOf(body.assetId),
    assetVersion: textOf(body.assetVersion),
  };
  const missing = Object.entries(choice).filter(([, value]) => value === "");
  if (missing.length > 0) {
    throw schemaRefusal(
      missing.map(([key]) => ({
        dataPath: `.${key}`,
        keyword: "required",
        message: "is required",
      })),
    );
  }
  return choice;
}

export function findDefinition(
  manager: Manager,
  choice: PolicyChoice,
  groups: readonly string[],
): Asset {
  const found = groups.includes(choice.groupId) ? manager.catalog.find(gavOf(choice)) : undefined;
  if (found?.type !== "policy") {
    const { groupId, assetId, assetVersion } = choice;
    throw managerRefusal(
      404,
      `Policy template ${groupId}/${assetId}/${assetVersion} was not found`,
    );
  }
  return found;
}

/** The newest implementation of the policy for gateways of this technology and version. */
export function findImplementation(
  manager: Manager,
  choice: PolicyChoice,
  technology: string,
  gatewayVersion: string,
): Asset | undefined {
  return manager.catalog.implementations(gavOf(choice)).find(({ implementation }) => {
    if (implementation?.technology !== technology) return false;
    const { minRuntimeVersion, maxRuntimeVersion } = implementation;
    return (
      compareVersions(gatewayVersion, minRuntimeVersion) >= 0 &&
      (maxRuntimeVersion === undefined || compareVersions(gatewayVersion, maxRuntimeVersion) <= 0)
    );
  });
}

/** As API Manager lists them with a policy. */
export const implementationViews = (manager: Manager, choice: PolicyChoice): unknown[] =>
  manager.catalog.implementations(gavOf(choice)).map((asset) => ({
    name: asset.name,
    groupId: asset.groupId,
    assetId: asset.assetId,
    version: asset.version,
    technology: asset.implementation?.technology,
    minRuntimeVersion: asset.implementation?.minRuntimeVersion,
    organizationId: asset.organizationId,
  }));
