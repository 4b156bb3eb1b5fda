/** What is to be sent? Two assets: the definition, and the implementation that depends on it, with their files written to build/exchange/. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { exchangeSchema } from "../definition/exchange-schema.ts";
import { readDefinition, type Definition } from "../definition/gcl.ts";
import * as metadata from "../definition/metadata.ts";
import { usageProblem } from "../problem.ts";
import { howToHave, isBundle, type AssetNames, type Project } from "../project.ts";

export interface AssetUpload {
  readonly role: "definition" | "implementation";
  readonly groupId: string;
  readonly assetId: string;
  readonly version: string;
  readonly name: string;
  readonly type: "policy" | "policy-implementation";
  readonly status: "development" | "published";
  /** group:asset:version */
  readonly dependencies?: string;
  /** The platform's name of a file → where it is, from the root. */
  readonly files: Readonly<Record<string, string>>;
}

export interface Plan {
  readonly root: string;
  readonly definition: AssetUpload;
  readonly implementation: AssetUpload;
}

export interface PlanOptions {
  readonly names: AssetNames;
  readonly version: string;
  readonly status: AssetUpload["status"];
}

export const WASM_FILE = "build/wallarm-policy.wasm";
const DIRECTORY = "build/exchange";
const VERSION_SECTION = "policy-version";

/** group/asset/version, as the official CLI has it. */
export const showAsset = ({ groupId, assetId, version }: AssetUpload): string =>
  `${groupId}/${assetId}/${version}`;

export function planUploads(project: Project, { names, version, status }: PlanOptions): Plan {
  const { root, groupId } = project;
  checkModule(root, project.version);
  const source = readDefinition(root);
  const files = writeFiles(root, source, names.definition);
  const definition: AssetUpload = {
    ...{ role: "definition", type: "policy", groupId, version, status },
    assetId: names.definition,
    name: metadata.definitionName(source),
    files: files.definition,
  };
  const implementation: AssetUpload = {
    ...{ role: "implementation", type: "policy-implementation", groupId, version, status },
    assetId: names.implementation,
    name: metadata.implementationName(source),
    dependencies: `${groupId}:${names.definition}:${version}`,
    files: files.implementation,
  };
  return { root, definition, implementation };
}

/** The same pair under another version. */
export function withVersion(plan: Plan, version: string): Plan {
  const { groupId, assetId } = plan.definition;
  return {
    root: plan.root,
    definition: { ...plan.definition, version },
    implementation: {
      ...plan.implementation,
      version,
      dependencies: `${groupId}:${assetId}:${version}`,
    },
  };
}

function writeFiles(
  root: string,
  source: Definition,
  assetId: string,
): Record<AssetUpload["role"], Record<string, string>> {
  const write = (path: string, text: string): string => {
    const file = `${DIRECTORY}/${path}`;
    mkdirSync(join(root, dirname(file)), { recursive: true });
    writeFileSync(join(root, file), text);
    return file;
  };
  const schema = `${JSON.stringify(exchangeSchema(source, assetId), null, 2)}\n`;
  return {
    definition: {
      "schema.json": write("definition/schema.json", schema),
      "metadata.yaml": write("definition/metadata.yaml", metadata.definitionMetadata(source)),
    },
    implementation: {
      "binary.wasm": WASM_FILE,
      "metadata.yaml": write(
        "implementation/metadata.yaml",
        metadata.implementationMetadata(source),
      ),
    },
  };
}

/** A module under the number of another one could not be told from it afterwards. */
function checkModule(root: string, version: string): void {
  const file = join(root, WASM_FILE);
  if (!existsSync(file)) throw usageProblem(`${WASM_FILE} is not there: ${howToHave(root)}`);
  const carried = versionIn(root, readFileSync(file));
  if (carried === version) return;
  throw usageProblem(
    `${WASM_FILE} is ${carried === undefined ? "of no known version" : `version ${carried}`}, and package.json says ${version}: ` +
      (isBundle(root)
        ? "leave package.json as it was"
        : "run `make build`, which compiles it anew"),
  );
}

/** What as-proxy-wasm/carry-version.mjs put into the module when it was compiled. */
function versionIn(root: string, wasm: Uint8Array<ArrayBuffer>): string | undefined {
  try {
    const module = new WebAssembly.Module(wasm);
    const [section] = WebAssembly.Module.customSections(module, VERSION_SECTION);
    return section && Buffer.from(section).toString("utf8");
  } catch {
    throw usageProblem(`${WASM_FILE} is no WebAssembly module: ${howToHave(root)}`);
  }
}

export const sha256 = (bytes: Uint8Array): string =>
  createHash("sha256").update(bytes).digest("hex");

/** One for all files of an asset. */
export function fingerprint({ root }: Plan, { files }: AssetUpload): string {
  const each = Object.entries(files).map(
    ([key, path]) => `${key} ${sha256(readFileSync(join(root, path)))}`,
  );
  return sha256(Buffer.from(each.join("\n")));
}
