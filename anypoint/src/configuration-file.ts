/**
 * Is a policy's configuration one that the policy takes? Checked against the schema before anything is sent. Each error names
 * file, line, key, value and what is allowed.
 */
import { readFileSync } from "node:fs";
import { Ajv2019, type ErrorObject } from "ajv/dist/2019.js";
import { isMap, isScalar, LineCounter, parseDocument, type Document } from "yaml";
import { exchangeSchema } from "./definition/exchange-schema.ts";
import type { Definition, Property } from "./definition/gcl.ts";
import { usageProblem } from "./problem.ts";
import { Secrets } from "./secrets.ts";

export type Configuration = Readonly<Record<string, unknown>>;

interface Source {
  readonly file: string;
  readonly document: Document.Parsed;
  readonly lines: LineCounter;
}

/** YAML or JSON. Required parameters that are left out and have a default get it, as the form in API Manager does. */
export function readConfigurationFile(file: string, definition: Definition): Configuration {
  const source = readSource(file);
  const values = source.document.toJS() as unknown;
  if (!isMap(source.document.contents)) {
    throw usageProblem(
      `${file}:1: is not allowed; allowed: a mapping of parameters, like "wallarm_mode: sync"`,
    );
  }
  const given = values as Record<string, unknown>;
  const configuration = { ...requiredDefaults(definition), ...withoutNulls(given) };
  const lines = checkConfiguration(configuration, definition).map(
    ({ key, line }) => `${file}:${lineOf(source, key)}: ${line}`,
  );
  if (lines.length > 0) throw usageProblem(lines[0]!, lines.slice(1));
  return configuration;
}

/** Forms send null for a field that was left empty. */
const withoutNulls = (given: Record<string, unknown>): Configuration =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null));

function requiredDefaults({ properties, required }: Definition): Configuration {
  const filled = required
    .map((name) => [name, properties.get(name)?.default])
    .filter(([, value]) => value !== undefined);
  return Object.fromEntries(filled) as Configuration;
}

export interface Finding {
  readonly key: string;
  /** "key: value is not allowed; allowed: …" */
  readonly line: string;
}

export function checkConfiguration(
  configuration: Configuration,
  definition: Definition,
): Finding[] {
  const ajv = new Ajv2019({ strict: false, allErrors: true, logger: false });
  ajv.addFormat("service", isNodeUrl);
  const validate = ajv.compile(exchangeSchema(definition, "configuration"));
  if (validate(configuration)) return [];
  const keys = new Map((validate.errors ?? []).map((error) => [keyOf(error), error]));
  return [...keys.keys()].map((key) => ({
    key,
    line: findingLine(key, configuration, definition),
  }));
}

function keyOf({ instancePath, params }: ErrorObject): string {
  const { missingProperty, unevaluatedProperty } = params as Record<string, string | undefined>;
  return missingProperty ?? unevaluatedProperty ?? instancePath.split("/")[1] ?? "";
}

function findingLine(
  key: string,
  configuration: Configuration,
  { properties }: Definition,
): string {
  const property = properties.get(key);
  if (!property) {
    return `${key}: is no parameter of this policy; allowed: ${[...properties.keys()].join(", ")}`;
  }
  if (!(key in configuration)) return `${key}: is missing; allowed: ${allowed(property)}`;
  const value = new Secrets().hide(JSON.stringify(configuration[key])).slice(0, 100);
  return `${key}: ${value} is not allowed; allowed: ${allowed(property)}`;
}

function allowed({ type, format, enum: choices, minimum, maximum }: Property): string {
  if (choices) return choices.join(", ");
  if (format === "service") return "a URL, http or https, with a host";
  if (type === "boolean") return "true, false";
  if (type === "integer") return `an integer from ${minimum ?? "any"} to ${maximum ?? "any"}`;
  return type === "array" ? "a list" : "a text";
}

function isNodeUrl(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url !== undefined && ["http:", "https:"].includes(url.protocol) && url.host !== "";
}

function readSource(file: string): Source {
  const lines = new LineCounter();
  const document = parseDocument(readText(file), { lineCounter: lines });
  const [error] = document.errors;
  if (error) {
    const { line } = lines.linePos(error.pos[0]);
    throw usageProblem(
      `${file}:${line}: not YAML: ${error.message.split("\n")[0]!.replace(/ at line.*/, "")}`,
    );
  }
  return { file, document, lines };
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw usageProblem(
      `CONFIG: "${file}" can't be read (${(error as NodeJS.ErrnoException).code ?? "error"})`,
    );
  }
}

/** Of the key, or of the beginning where it is missing. */
function lineOf({ document, lines }: Source, key: string): number {
  const { contents } = document;
  if (!isMap(contents)) return 1;
  const pair = contents.items.find((item) => isScalar(item.key) && item.key.value === key);
  const range = isScalar(pair?.key) ? pair.key.range : undefined;
  return range ? lines.linePos(range[0]).line : 1;
}
