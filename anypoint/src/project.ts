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
}

export interface AssetNames {
  readonly definition: string;
  readonly implementation: string;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** The template's. */
export const NO_GROUP = "00000000-0000-0000-0000-000000000000";
const WHERE_GROUP_ID = "Access Management > Business Groups > (yours) > Business Group ID";
const ASSET_ID = /^[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?$/i;
const ALLOWED_ID =
  "letters, digits, points, hyphens and underscores, with a letter or digit at both ends";
/** Of group, asset and version together (docs.mulesoft.com, Exchange, "Asset Versions"). */
const LONGEST_NAMES = 215;
/** What a development version adds to the id and to the version. */
const SUFFIX = "-dev";
const TIME_STAMP = "-20261122190000";
const VERSION = /^(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*)){2}$/;

/** Nothing is compiled there. */
export const isBundle = (root: string): boolean => !existsSync(join(root, "asconfig.json"));

/** A file that came with the sources, or is made of them. */
export const howToHave = (root: string): string =>
  isBundle(root) ? "unpack the bundle again" : "run `make build`";

export const CARGO_FILE = "Cargo.toml";

/** Development versions have assets of their own, so that nobody takes one for a release. */
export const developmentNames = (project: Project): AssetNames => ({
  definition: `${project.definitionAssetId}${SUFFIX}`,
  implementation: `${project.implementationAssetId}${SUFFIX}`,
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
  const anypoint = readCargo(join(root, CARGO_FILE));
  const text = (key: string): string => {
    const value = anypoint[key];
    if (typeof value === "string" && value.trim() !== "") return value;
    throw usageProblem(
      `${CARGO_FILE}: [package.metadata.anypoint] ${key} is ${value === undefined ? "missing" : `${JSON.stringify(value)}, not a text with something in it`}: ` +
        "see Cargo.toml.template",
    );
  };
  const groupId = checkGroupId(text("group_id"), `${CARGO_FILE}: group_id`);
  const assetId = (key: string): string => {
    const value = text(key);
    if (ASSET_ID.test(value)) return value;
    throw usageProblem(`${CARGO_FILE}: ${key}: "${value}" is not allowed; allowed: ${ALLOWED_ID}`);
  };
  const project = {
    ...{ root, groupId, version: readVersion(root) },
    definitionAssetId: assetId("definition_asset_id"),
    implementationAssetId: assetId("implementation_asset_id"),
  };
  checkPair(project);
  return project;
}

/** Two assets, as they are called in both channels: one name for two of them would be half of each on Exchange. */
function checkPair(project: Project): void {
  const [release, development] = [releaseNames(project), developmentNames(project)];
  const all = [release, development].flatMap((names) => [names.definition, names.implementation]);
  const names = all.map((name) => name.toLowerCase());
  const twice = all.find((_, at) => names.indexOf(names[at]!) !== at);
  if (twice !== undefined) {
    throw usageProblem(
      `${CARGO_FILE}: definition_asset_id "${release.definition}" and implementation_asset_id "${release.implementation}" make two assets ` +
        `of one name, ${twice} (development versions end in ${SUFFIX}); allowed: two ids that differ by more than that`,
    );
  }
  for (const name of [development.definition, development.implementation]) {
    const long = `${project.groupId}${name}${project.version}${TIME_STAMP}`.length;
    if (long <= LONGEST_NAMES) continue;
    throw usageProblem(
      `${CARGO_FILE}: "${name.slice(0, 40)}…" is too long by ${long - LONGEST_NAMES}: group, asset and version together have at most ${LONGEST_NAMES} characters`,
    );
  }
}

function readCargo(file: string): Record<string, unknown> {
  if (!existsSync(file)) {
    throw usageProblem(
      `${CARGO_FILE} is not there: run \`make setup GROUP_ID=<id of your business group>\` (${WHERE_GROUP_ID})`,
    );
  }
  try {
    const { package: about } = parse(readFileSync(file, "utf8")) as {
      package?: { metadata?: { anypoint?: Record<string, unknown> } };
    };
    return about?.metadata?.anypoint ?? {};
  } catch (error) {
    const { line, message } = error as { line?: number; message: string };
    throw usageProblem(`${CARGO_FILE}:${line ?? 1}: ${message.split("\n")[0]!}`);
  }
}

function readAbout(file: string): { version?: unknown } {
  try {
    return (JSON.parse(readFileSync(file, "utf8")) ?? {}) as { version?: unknown };
  } catch (error) {
    throw usageProblem(`package.json: ${(error as Error).message.split("\n")[0]!}`);
  }
}

/** Versions on Exchange are three numbers; what is appended to them marks development. */
export function readVersion(root: string): string {
  const version = readAbout(join(root, "package.json")).version;
  if (typeof version === "string" && VERSION.test(version)) return version;
  throw usageProblem(
    `package.json: version: ${JSON.stringify(version) ?? "nothing"} is not allowed; allowed: three numbers, like 1.2.3`,
  );
}
