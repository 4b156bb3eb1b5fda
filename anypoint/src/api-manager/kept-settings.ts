/**
 * Where is a configuration while its policy is away? In a file for this user alone, ready for CONFIG=, so that neither a failure
 * nor a power cut loses it. After an upgrade the file goes; after a removal it stays, in case it was a mistake.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import type { AppliedPolicy, AutomatedPolicy } from "./model.ts";
import { nameVersion } from "./usage.ts";

const DIRECTORY = "build/kept-settings";

export interface KeptSettings {
  /** From the root, for people. */
  readonly file: string;
  /** The command that brings the policy back. */
  readonly command: string;
  /** What the command does not bring back, for people; empty: it brings back all. */
  readonly besides: string;
  forget(): void;
}

export function keepSettings(root: string, policy: AppliedPolicy | AutomatedPolicy): KeptSettings {
  const file = join(DIRECTORY, `${nameOf(policy)}.yaml`);
  const command = commandFor(policy, file);
  mkdirSync(join(root, DIRECTORY), { recursive: true, mode: 0o700 });
  const path = join(root, file);
  rmSync(path, { force: true });
  writeFileSync(path, contentOf(policy, command), { mode: 0o600 });
  const besides = besidesOf(policy);
  return { file, command, besides, forget: () => rmSync(path, { force: true }) };
}

const nameOf = (policy: AppliedPolicy | AutomatedPolicy): string =>
  "api" in policy
    ? `api-${policy.api.id}-${policy.assetId}`
    : `automated-${policy.environment.id}-${policy.assetId}`;

function commandFor(policy: AppliedPolicy | AutomatedPolicy, file: string): string {
  const what =
    "api" in policy ? `apply API=${policy.api.id}` : `automate ENV="${policy.environment.name}"`;
  return `make ${what} VERSION=${policy.version} CONFIG=${file}`;
}

/** The command applies to all that it can, enabled, behind the other policies. */
function besidesOf(policy: AppliedPolicy | AutomatedPolicy): string {
  const { disabled, order } = policy;
  const scope =
    "api" in policy
      ? [policy.pointcut === null ? "" : "its methods and paths"]
      : [
          policy.rule.range === undefined ? "" : "its range of versions",
          policy.excluded.length === 0 ? "" : `the excluded APIs ${policy.excluded.join(", ")}`,
        ];
  const place = order === undefined ? "" : `its place (${order})`;
  return [disabled ? "that it was disabled" : "", place, ...scope].filter(Boolean).join(", ");
}

function contentOf(policy: AppliedPolicy | AutomatedPolicy, command: string): string {
  const { configuration, order, disabled } = policy;
  const scope =
    "api" in policy ? { pointcut: policy.pointcut } : { ruleOfApplication: policy.rule };
  const rest = JSON.stringify({ order, disabled, ...scope });
  const lines = [
    `# The configuration of ${nameVersion(policy)}, policy ${policy.id}, as it was; to bring it back: ${command}`,
    `# What else was set: ${rest}`,
  ];
  return `${lines.join("\n")}\n${stringify(configuration)}`;
}
