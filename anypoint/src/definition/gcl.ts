/** What does definition/gcl.yaml say? It is the single source of the parameters; everything else is made from what is read here. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
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
  return parseDefinition(readFileSync(join(root, GCL_FILE), "utf8"));
}

export function parseDefinition(text: string): Definition {
  const document = parse(text) as GclDocument;
  const { labels } = document.metadata;
  const label = (name: string): string => {
    const value = labels[name];
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
