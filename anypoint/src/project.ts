/** What is published, where, and under which names? Cargo.toml says the business group and the assets, package.json the version. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "smol-toml";
import { usageProblem } from "./problem.ts";

export interface Project {
  /** The repository, or the unpacked bundle. */
  readonly root: string;
  /** The business group: a UUID. */
  readonly groupId: string;
  readonly definitionAssetId: string;
  readonly implementationAssetId: string;
  /** Of package.json: what a release is called. */
  readonly version: string;
  /** Of Cargo.toml, for MuleSoft's own tools. */
  readonly cargoVersion: string | undefined;
}

export interface AssetNames {
  readonly definition: string;
  readonly implementation: string;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** The template's. */
export const NO_GROUP = "00000000-0000-0000-0000-000000000000";
const WHERE_GROUP_ID = "Access Management > Business Groups > (yours) > Business Group ID";
const ASSET_ID = /^[a-z0-9][a-z0-9._-]{0,119}$/i;
const VERSION = /^\d+\.\d+\.\d+$/;

export const CARGO_FILE = "Cargo.toml";

/** Development versions have assets of their own, so that nobody takes one for a release. */
export const developmentNames = (project: Project): AssetNames => ({
  definition: `${project.definitionAssetId}-dev`,
  implementation: `${project.implementationAssetId}-dev`,
});

export const releaseNames = (project: Project): AssetNames => ({
  definition: project.definitionAssetId,
  implementation: project.implementationAssetId,
});

/** 0.1.0 → 0.1.0-20261122190000 (UTC): later ones sort after earlier ones. */
export const developmentVersion = (version: string, now = new Date()): string =>
  `${version}-${now.toISOString().replace(/[-:T]|\..*/g, "")}`;

export function checkGroupId(groupId: string, where: string): string {
  if (UUID.test(groupId) && groupId !== NO_GROUP) return groupId;
  throw usageProblem(
    `${where}: "${groupId}" is not allowed; allowed: the id of your business group, a UUID (${WHERE_GROUP_ID})`,
  );
}

export function readProject(root: string): Project {
  const { anypoint, cargoVersion } = readCargo(join(root, CARGO_FILE));
  const text = (key: string): string => {
    const value = anypoint[key];
    if (typeof value === "string" && value !== "") return value;
    throw usageProblem(
      `${CARGO_FILE}: [package.metadata.anypoint] ${key} is missing: see Cargo.toml.template`,
    );
  };
  const groupId = checkGroupId(text("group_id"), `${CARGO_FILE}: group_id`);
  const assetId = (key: string): string => {
    const value = text(key);
    if (ASSET_ID.test(value)) return value;
    throw usageProblem(
      `${CARGO_FILE}: ${key}: "${value}" is not allowed; allowed: letters, digits, points and hyphens, at most 120`,
    );
  };
  return {
    root,
    groupId,
    definitionAssetId: assetId("definition_asset_id"),
    implementationAssetId: assetId("implementation_asset_id"),
    version: readVersion(root),
    cargoVersion,
  };
}

function readCargo(file: string): {
  anypoint: Record<string, unknown>;
  cargoVersion: string | undefined;
} {
  if (!existsSync(file)) {
    throw usageProblem(
      `${CARGO_FILE} is not there: run \`make setup GROUP_ID=<id of your business group>\` (${WHERE_GROUP_ID})`,
    );
  }
  try {
    const { package: about } = parse(readFileSync(file, "utf8")) as {
      package?: { version?: string; metadata?: { anypoint?: Record<string, unknown> } };
    };
    return { anypoint: about?.metadata?.anypoint ?? {}, cargoVersion: about?.version };
  } catch (error) {
    const { line, message } = error as { line?: number; message: string };
    throw usageProblem(`${CARGO_FILE}:${line ?? 1}: ${message.split("\n")[0]!}`);
  }
}

/** Versions on Exchange are three numbers; what is appended to them marks development. */
export function readVersion(root: string): string {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    version: string;
  };
  if (VERSION.test(version)) return version;
  throw usageProblem(
    `package.json: version: "${version}" is not allowed; allowed: three numbers, like 1.2.3`,
  );
}
