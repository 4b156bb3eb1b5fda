/** What does definition/gcl.yaml say? It is the single source of the parameters; everything else is made from what is read here. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readYaml } from "../../../checked-yaml/read-yaml.ts";
import { usageProblem } from "../problem.ts";

export interface Property {
  readonly type: "string" | "boolean" | "integer" | "number" | "array";
  readonly format?: string;
  readonly pattern?: string;
  readonly title: string;
  readonly description: string;
  readonly enum?: readonly string[];
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: { readonly type: string; readonly format?: string; readonly pattern?: string };
}

export interface Definition {
  readonly title: string;
  readonly description: string;
  readonly category: string;
  readonly interfaceScope: readonly string[];
  /** In the order of the form. */
  readonly properties: ReadonlyMap<string, Property>;
  readonly required: readonly string[];
  /** The whole document, as read. */
  readonly document: Readonly<Record<string, unknown>>;
}

interface GclDocument {
  readonly metadata: { readonly labels: Record<string, string> };
  readonly spec: { readonly properties: Record<string, Property>; readonly required: string[] };
}

export const GCL_FILE = "definition/gcl.yaml";

export function readDefinition(root: string): Definition {
  return parseDefinition(readText(join(root, GCL_FILE)));
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const { code = "error" } = error as NodeJS.ErrnoException;
    throw usageProblem(
      `${GCL_FILE} can't be read (${code}): take it from the sources or the bundle`,
    );
  }
}

export function parseDefinition(text: string): Definition {
  const document = readDocument(text);
  const label = (name: string): string => {
    const value = document.metadata.labels[name];
    if (value) return value;
    throw usageProblem(`${GCL_FILE}: metadata.labels: ${name} is missing`);
  };
  return {
    title: label("title"),
    description: label("description"),
    category: label("category"),
    interfaceScope: label("metadata/interfaceScope").split(","),
    properties: new Map(Object.entries(document.spec.properties)),
    required: document.spec.required,
    document: document as unknown as Record<string, unknown>,
  };
}

/** What everything else is made from has to be there, as the rest of this tool goes by it. */
function readDocument(text: string): GclDocument {
  const [document] = readYaml(GCL_FILE, text);
  if (document?.problem) {
    const { place, message } = document.problem;
    throw usageProblem(`${GCL_FILE}:${place.line}: not YAML: ${message}`);
  }
  const value = document?.value as Partial<GclDocument> | null | undefined;
  const wanted = [
    ["metadata.labels", value?.metadata?.labels, isMapping],
    ["spec.properties", value?.spec?.properties, isMapping],
    ["spec.required", value?.spec?.required, Array.isArray],
  ] as const;
  const missing = wanted.find(([, part, isGood]) => !isGood(part));
  if (missing === undefined) return value as GclDocument;
  throw usageProblem(
    `${GCL_FILE}: ${missing[0]} is missing: take it from the sources or the bundle`,
  );
}

const isMapping = (value: unknown): boolean =>
  typeof value === "object" && value !== null && !Array.isArray(value);
