/** Is a policy's definition, or its implementation, one that the platform can use? */
import { findSchemaProblem } from "../api-manager/configuration-schema.ts";
import { isObject } from "../http/context.ts";
import type { Asset } from "../state/model.ts";
import { showGav, type Catalog } from "./catalog.ts";
import type { Upload, UploadedFile } from "./upload.ts";
import { readMarkedYaml, requireTexts } from "./yaml-document.ts";

export const DEFINITION_MARKER = "#%Policy Definition 0.1";
export const IMPLEMENTATION_MARKER = "#%Policy Implementation 1.0";
const SCHEMA_DIALECT = "https://json-schema.org/draft/2019-09/schema";
const scopes = ["api", "resource"];
const technologies = ["flexGateway", "mule4"];

const requiredFiles: Record<string, readonly string[]> = {
  policy: ["schema.json", "metadata.yaml"],
  "policy-implementation": ["metadata.yaml"],
};

const fileKey = ({ classifier, packaging }: UploadedFile): string =>
  classifier === "" ? packaging : `${classifier}.${packaging}`;

export const fileOf = (upload: Upload, key: string): UploadedFile | undefined =>
  upload.files.find((file) => fileKey(file) === key);

/** Told at once, before the publication begins. */
export function missingFiles(upload: Upload): string[] {
  const required = [...(requiredFiles[upload.type] ?? [])];
  const binaries = upload.files.filter(({ classifier }) => classifier === "binary");
  const missing = required.filter((key) => !fileOf(upload, key));
  if (upload.type === "policy-implementation" && binaries.length === 0) missing.push("binary.wasm");
  return missing;
}

/** Found while the asset is published. Empty: nothing is wrong. */
export function policyProblems(upload: Upload, catalog: Catalog): string[] {
  const errors = upload.dependencies
    .filter((gav) => !catalog.find(gav))
    .map((gav) => `Dependency ${showGav(gav)} does not exist`);
  if (upload.type === "policy") definitionProblems(upload, errors);
  if (upload.type === "policy-implementation") {
    implementationProblems(upload, errors);
    const definitions = upload.dependencies.map((gav) => catalog.find(gav));
    if (errors.length === 0 && !definitions.some((asset) => asset?.type === "policy")) {
      errors.push("A policy implementation must depend on its policy definition");
    }
  }
  return errors;
}

function definitionProblems(upload: Upload, errors: string[]): void {
  const metadata = readMarkedYaml(
    fileOf(upload, "metadata.yaml")!.content,
    DEFINITION_MARKER,
    errors,
  );
  if (metadata) {
    requireTexts(metadata, ["name", "description", "category"], errors);
    for (const name of ["providedCharacteristics", "requiredCharacteristics"]) {
      if (!Array.isArray(metadata[name])) errors.push(`metadata.yaml: ${name} must be a list`);
    }
    const scope = metadata.interfaceScope;
    if (
      !Array.isArray(scope) ||
      scope.length === 0 ||
      !scope.every((each) => scopes.includes(each as string))
    ) {
      errors.push(`metadata.yaml: interfaceScope must be a list of ${scopes.join(", ")}`);
    }
  }
  schemaProblems(fileOf(upload, "schema.json")!, errors);
}

function schemaProblems(file: UploadedFile, errors: string[]): void {
  let schema: unknown;
  try {
    schema = JSON.parse(Buffer.from(file.content).toString("utf8"));
  } catch (error) {
    errors.push(`schema.json: not JSON: ${(error as Error).message}`);
    return;
  }
  if (!isObject(schema)) {
    errors.push("schema.json: must be an object");
    return;
  }
  if (schema.$schema !== SCHEMA_DIALECT) {
    errors.push(`schema.json: $schema must be ${SCHEMA_DIALECT}`);
  }
  if (typeof schema.$id !== "string") errors.push("schema.json: $id is required");
  if (typeof schema.title !== "string") errors.push("schema.json: title is required");
  if (schema.type !== "object") errors.push("schema.json: type must be object");
  const problem = errors.length === 0 && findSchemaProblem(schema);
  if (problem) errors.push(`schema.json: ${problem}`);
}

function implementationProblems(upload: Upload, errors: string[]): void {
  const metadata = readMarkedYaml(
    fileOf(upload, "metadata.yaml")!.content,
    IMPLEMENTATION_MARKER,
    errors,
  );
  if (!metadata) return;
  requireTexts(metadata, ["name", "technology", "minRuntimeVersion"], errors);
  const technology = metadata.technology as string;
  if (!technologies.includes(technology)) {
    errors.push(`metadata.yaml: technology must be one of ${technologies.join(", ")}`);
  }
  if (technology === "flexGateway") wasmProblems(upload, errors);
}

/** The first eight bytes of a module: `\0asm` and version 1 (WebAssembly 1.0, section 5.5.16). */
const WASM_HEAD = Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);

function wasmProblems(upload: Upload, errors: string[]): void {
  const binary = fileOf(upload, "binary.wasm");
  if (!binary) errors.push("A policy for flexGateway needs the file binary.wasm");
  else if (Buffer.compare(Buffer.from(binary.content.subarray(0, 8)), WASM_HEAD) !== 0) {
    errors.push("binary.wasm: is not a WebAssembly module");
  }
}

/** What API Manager needs to know of an implementation; only after `policyProblems` found nothing. */
export function implementationFacts(upload: Upload): Asset["implementation"] {
  if (upload.type !== "policy-implementation") return;
  const { technology, minRuntimeVersion, maxRuntimeVersion } = readMarkedYaml(
    fileOf(upload, "metadata.yaml")!.content,
    IMPLEMENTATION_MARKER,
    [],
  ) as Record<string, string>;
  return {
    technology: technology!,
    minRuntimeVersion: minRuntimeVersion!,
    ...(maxRuntimeVersion !== undefined && { maxRuntimeVersion }),
  };
}
