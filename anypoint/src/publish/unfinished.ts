/**
 * Where did the last `make publish` stop? A definition whose implementation did not follow is remembered, so that the next run
 * sends what is missing, instead of one more definition. Holds names and hashes only.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fingerprint, type Plan } from "./plan.ts";

interface Unfinished {
  readonly host: string;
  readonly groupId: string;
  readonly assetId: string;
  readonly version: string;
  readonly fingerprint: string;
}

const FILE = "build/publish-unfinished.json";

const describePlan = (plan: Plan, host: string): Unfinished => {
  const { groupId, assetId, version } = plan.definition;
  return { host, groupId, assetId, version, fingerprint: fingerprint(plan, plan.definition) };
};

export function rememberUnfinished(plan: Plan, host: string): void {
  const text = JSON.stringify(describePlan(plan, host), null, 2);
  writeFileSync(join(plan.root, FILE), `${text}\n`);
}

export const forgetUnfinished = ({ root }: Plan): void => rmSync(join(root, FILE), { force: true });

/** The version of the definition that waits for its implementation; undefined where none does, or it is another one by now. */
export function unfinishedVersion(plan: Plan, host: string): string | undefined {
  const file = join(plan.root, FILE);
  if (!existsSync(file)) return undefined;
  try {
    const last = JSON.parse(readFileSync(file, "utf8")) as Unfinished;
    const isSame =
      JSON.stringify(describePlan(plan, host)) ===
      JSON.stringify({ ...last, version: plan.definition.version });
    return isSame ? last.version : undefined;
  } catch {
    return undefined;
  }
}
