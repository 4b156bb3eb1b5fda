/**
 * How are an API's policies changed? By the commands of the official CLI. A configuration goes to it in a file that only this
 * user can read, and that is gone afterwards: arguments can be read by everybody on the machine.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { CliResult } from "../official-cli.ts";
import { cliProblem } from "./cli-problem.ts";
import type { ApiInstance, AppliedPolicy, Configuration, PolicyVersion } from "./model.ts";
import { nameVersion } from "./usage.ts";
import type { Workplace } from "./workplace.ts";

const TRIES = 4;
const FIRST_PAUSE_MS = 1000;

export interface PolicyWish extends PolicyVersion {
  readonly configuration: Configuration;
  readonly pointcut: readonly unknown[] | null;
}

/** The id of the new policy. */
export async function applyPolicy(
  place: Workplace,
  api: ApiInstance,
  wish: PolicyWish,
): Promise<string> {
  const what = `Applying ${nameVersion(wish)} to API ${api.id}`;
  const { groupId } = place.project;
  const pointcut = wish.pointcut === null ? [] : ["--pointcut", JSON.stringify(wish.pointcut)];
  const { stdout } = await withConfiguration(wish.configuration, (file) =>
    runPolicyCommand(place, api, what, [
      ...["apply", api.id, wish.assetId, "--policyVersion", wish.version],
      ...["--groupId", groupId, "--configFile", file, ...pointcut],
    ]),
  );
  return /policy ID: "?(\w+)/i.exec(stdout)?.[1] ?? "";
}

export async function editPolicy(
  place: Workplace,
  { api, id }: AppliedPolicy,
  configuration: Configuration,
): Promise<void> {
  const what = `Editing policy ${id} of API ${api.id}`;
  await withConfiguration(configuration, (file) =>
    runPolicyCommand(place, api, what, ["edit", api.id, id, "--configFile", file]),
  );
}

export async function removePolicy(place: Workplace, policy: AppliedPolicy): Promise<void> {
  const { api, id } = policy;
  const what = `Removing ${nameVersion(policy)} from API ${api.id}`;
  await runPolicyCommand(place, api, what, ["remove", api.id, id]);
}

export async function disablePolicy(place: Workplace, api: ApiInstance, id: string): Promise<void> {
  const what = `Disabling policy ${id} of API ${api.id}`;
  await runPolicyCommand(place, api, what, ["disable", api.id, id]);
}

/** All policies of the API, first to last. */
export async function orderPolicies(
  place: Workplace,
  api: ApiInstance,
  ids: readonly string[],
): Promise<void> {
  const what = `Ordering the policies of API ${api.id}`;
  await runPolicyCommand(place, api, what, ["order", api.id, ids.join(","), "--commaSeparated"]);
}

async function runPolicyCommand(
  { context, cli, limit, organization, project }: Workplace,
  { environment }: ApiInstance,
  what: string,
  args: readonly string[],
): Promise<CliResult> {
  const where = ["--organization", organization.id, "--environment", environment.name];
  for (let tries = 1; ; tries++) {
    const result = await cli.run(["api-mgr", "policy", ...args, ...where], { limit });
    if (result.status === 0) return result;
    const pause = FIRST_PAUSE_MS * 2 ** (tries - 1);
    if (tries === TRIES || pause > limit.leftMs || !isWorthAgain(result)) {
      throw cliProblem(context, result, { what, groupId: project.groupId });
    }
    await setTimeout(pause);
  }
}

/** Where nothing can have been done: the platform was asked too often, or failed when something was read, or at the log-in. */
function isWorthAgain({ refusals }: CliResult): boolean {
  const last = refusals.at(-1);
  if (last === undefined) return false;
  const changesNothing = last.method === "GET" || last.path.startsWith("/accounts/");
  return last.status === 429 || (last.status >= 500 && changesNothing);
}

async function withConfiguration<T>(
  configuration: Configuration,
  work: (file: string) => Promise<T>,
): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), "policy-configuration-"));
  try {
    const file = join(directory, "configuration.json");
    writeFileSync(file, JSON.stringify(configuration), { mode: 0o600 });
    return await work(file);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
