/**
 * Is a policy's configuration one that the policy takes? Checked against the definition before anything is sent. Each error names
 * file, line, key, value and what is allowed.
 */
import { readFileSync } from "node:fs";
import { compileSchema, type Finding } from "../../checked-yaml/check-values.ts";
import { nameOf, readYaml, type Path, type YamlDocument } from "../../checked-yaml/read-yaml.ts";
import { exchangeSchema } from "./definition/exchange-schema.ts";
import type { Definition } from "./definition/gcl.ts";
import { allowedValues } from "./definition/allowed-values.ts";
import { usageProblem } from "./problem.ts";
import { Secrets } from "./secrets.ts";

export type Configuration = Readonly<Record<string, unknown>>;

/** YAML or JSON. Required parameters that are left out and have a default get it, as the form in API Manager does. */
export function readConfigurationFile(file: string, definition: Definition): Configuration {
  const document = readDocument(file);
  const values = document?.value;
  if (!isMapping(values)) {
    throw usageProblem(
      `${file}:1: is not allowed; allowed: a mapping of parameters, like "wallarm_mode: sync"`,
    );
  }
  const configuration = { ...requiredDefaults(definition), ...withoutNulls(values) };
  const lines = checkConfiguration(configuration, definition).map(
    ({ path, line }) => `${file}:${Math.max(1, document!.placeOf(path).line)}: ${line}`,
  );
  if (lines.length > 0) throw usageProblem(lines[0]!, lines.slice(1));
  return configuration;
}

const isMapping = (values: unknown): values is Configuration =>
  typeof values === "object" && values !== null && !Array.isArray(values);

/** Forms send null for a field that was left empty. */
const withoutNulls = (given: Configuration): Configuration =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null));

function requiredDefaults({ properties, required }: Definition): Configuration {
  const filled = required
    .map((name) => [name, properties.get(name)?.default])
    .filter(([, value]) => value !== undefined);
  return Object.fromEntries(filled) as Configuration;
}

export interface FoundProblem {
  readonly path: Path;
  /** "key: value is not allowed; allowed: …" */
  readonly line: string;
}

/** What the definition says, and what of several parameters together the policy takes (definition/gcl.yaml, node_protocol). */
export function checkConfiguration(
  configuration: Configuration,
  definition: Definition,
): FoundProblem[] {
  const findings = compileSchema(exchangeSchema(definition, "configuration"))(configuration);
  const found = findings.map((finding) => ({
    path: finding.path,
    line: findingLine(finding, configuration, definition),
  }));
  return found.length > 0 ? found : mixedNodes(configuration);
}

function findingLine(
  { path, schema, keyword }: Finding,
  configuration: Configuration,
  { properties }: Definition,
): string {
  const name = nameOf(path);
  const property = properties.get(String(path[0]));
  if (!property) {
    return `${name}: is no parameter of this policy; allowed: ${[...properties.keys()].join(", ")}`;
  }
  if (keyword === "required") return `${name}: is missing; allowed: ${allowedValues(property)}`;
  return notAllowed(path, configuration, allowedValues(schema as unknown as typeof property));
}

function notAllowed(path: Path, configuration: Configuration, allowed: string): string {
  const value = path.reduce<unknown>(
    (at, part) => (at as Record<string | number, unknown>)[part],
    configuration,
  );
  const shown = new Secrets().hide(JSON.stringify(value)).slice(0, 100);
  return `${nameOf(path)}: ${shown} is not allowed; allowed: ${allowed}`;
}

const isH2 = (url: unknown): boolean => /^h2:/i.test(String(url));

/** With node_protocol auto the first URL decides for all; the policy would refuse the others. */
function mixedNodes(configuration: Configuration): FoundProblem[] {
  const { wallarm_node: first, additional_nodes: more, node_protocol = "auto" } = configuration;
  if (node_protocol !== "auto" || !Array.isArray(more)) return [];
  const at = more.findIndex((url) => isH2(url) !== isH2(first));
  if (at < 0) return [];
  const path = ["additional_nodes", at];
  return [{ path, line: notAllowed(path, configuration, "all h2, or none, as wallarm_node is") }];
}

function readDocument(file: string): YamlDocument | undefined {
  const [document, second] = readYaml(file, readText(file));
  if (document?.problem) {
    const { place, message } = document.problem;
    throw usageProblem(`${file}:${place.line}: not YAML: ${message}`);
  }
  if (!second) return document;
  const { line } = second.placeOf([]);
  throw usageProblem(`${file}:${line}: is a second document; allowed: one`);
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
