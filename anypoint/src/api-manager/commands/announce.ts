/** What is going to be changed? Shown before it is, wherever more than one API is touched; with DRY_RUN=1 that is all that happens. */
import type { Context } from "../../context.ts";
import { coveredApis } from "../coverage.ts";
import type { ApiInstance, AppliedPolicy, AutomatedPolicy } from "../model.ts";
import { nameVersion } from "../usage.ts";
import type { Options } from "./options.ts";

export type AnyPolicy = AppliedPolicy | AutomatedPolicy;

export interface Announcement {
  /** "remove", "upgrade", "apply": what would be done. */
  readonly verb: string;
  readonly lines: readonly string[];
  /** Whether it is more than one API, or may come to be. */
  readonly isMany: boolean;
  /** The same for programs. */
  readonly facts?: object;
}

export const DISABLED = "It is disabled, and inspects nothing: API Manager enables it.";

/** Whether to go on. */
export function announce(
  { progress }: Pick<Context, "progress">,
  { dryRun, json }: Pick<Options, "dryRun" | "json">,
  { verb, lines, isMany, facts = {} }: Announcement,
): boolean {
  if (dryRun && json) {
    progress.say(JSON.stringify({ dryRun: true, would: verb, ...facts }, null, 2));
    return false;
  }
  // With JSON=1 it stands beside what a program reads.
  const say = (line: string): void => (json ? progress.note(line) : progress.say(line));
  if (dryRun) say(`Would ${verb} (DRY_RUN=1: nothing was changed):`);
  else if (isMany) say(`Going to ${verb}:`);
  if (dryRun || isMany) for (const line of lines) say(`  ${line}`);
  return !dryRun;
}

export const nameApi = ({ id, name, environment }: ApiInstance): string =>
  `API ${id} (${name}) in ${environment.name}`;

export const namePolicy = (policy: AnyPolicy): string =>
  "api" in policy
    ? `${nameVersion(policy)} (policy ${policy.id}) of API ${policy.api.id} (${policy.api.name}) in ${policy.api.environment.name}`
    : `the automated policy ${nameVersion(policy)} (policy ${policy.id}) of ${policy.environment.name}`;

/** With the APIs that it reaches now. */
export function namePolicyAndApis(policy: AnyPolicy, apis: readonly ApiInstance[]): string {
  if ("api" in policy) return namePolicy(policy);
  return `${namePolicy(policy)}, which covers ${listApis(coveredApis(policy, apis))}`;
}

export const listApis = (apis: readonly ApiInstance[]): string =>
  apis.map(({ id, name }) => `${id} (${name})`).join(", ") || "no API so far";
