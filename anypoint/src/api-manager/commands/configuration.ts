/** Which configuration is applied? That of CONFIG, checked before anything is sent; what it leaves out and must be there is default. */
import { existsSync } from "node:fs";
import {
  checkConfiguration,
  readConfigurationFile,
  type Configuration,
} from "../../configuration-file.ts";
import { readDefinition } from "../../definition/gcl.ts";
import { Problem, usageProblem } from "../../problem.ts";
import type { Options } from "./options.ts";

/** Taken where CONFIG says nothing. */
const DEFAULT_FILE = "policy-config.yaml";

export function readConfiguration(root: string, { config }: Options): Configuration {
  const file = config ?? DEFAULT_FILE;
  if (config === undefined && !existsSync(file)) {
    throw usageProblem(
      `CONFIG: is missing, and ${DEFAULT_FILE} is not there; allowed: a YAML file with at least ` +
        '"wallarm_node: https://<your node>", see docs/configuration.md',
    );
  }
  return readConfigurationFile(file, readDefinition(root));
}

/** What an older version took must be good for the newer one too. */
export function requireFitting(root: string, configuration: Configuration, where: string): void {
  const findings = checkConfiguration(configuration, readDefinition(root));
  if (findings.length === 0) return;
  throw new Problem(
    "usage",
    `the configuration at ${where} does not fit this version (nothing was changed; CONFIG=file.yaml gives another): ` +
      findings[0]!.line,
    { details: findings.slice(1).map(({ line }) => line) },
  );
}

/** For people: a line for each parameter. */
export const shownSettings = (configuration: Configuration): string[] =>
  Object.entries(configuration).map(([name, value]) => `  ${name}: ${JSON.stringify(value)}`);
