/** `remove`: how is the policy taken away, from one API or from everywhere? Asks nothing; says what it removed and how it comes back. */
import type { Command } from "commander";
import type { Context } from "../../commands/context.ts";
import { Problem } from "../../problem.ts";
import { removeAutomated } from "../automated-calls.ts";
import { keepSettings } from "../kept-settings.ts";
import type { ApiInstance, AppliedPolicy, AutomatedPolicy } from "../model.ts";
import { removePolicy } from "../policy-commands.ts";
import { readCovering, readOwnPolicies, readUses } from "../read-inventory.ts";
import { unbroken } from "../unbroken.ts";
import { nameVersion } from "../usage.ts";
import type { Workplace } from "../workplace.ts";
import { requireFoundApi } from "./apply.ts";
import { addOptions, atWork, readOptions, type Options } from "./options.ts";

export function registerRemove(program: Command, context: Context): void {
  const command = program
    .command("remove")
    .description("take the policy away, from one API or from everywhere");
  addOptions(command, "api").action((given: Options) => remove(context, readOptions(given)));
}

type AnyPolicy = AppliedPolicy | AutomatedPolicy;

async function remove(context: Context, options: Options): Promise<void> {
  await atWork(context, options, async (place) => {
    if (options.api === undefined) return removeEverywhere(place);
    const api = await requireFoundApi(place, options.api);
    const covering = await readCovering(place, api);
    const own = await readOwnPolicies(place, api);
    if (own.length === 0) throw notThere(api, covering);
    await removeAll(place, own);
    for (const policy of covering) {
      place.progress.say(`Note: API ${api.id} still gets the policy from ${describe(policy)}.`);
    }
  });
}

/** Automated policies first: what they cover keeps its own until that goes too. */
async function removeEverywhere(place: Workplace): Promise<void> {
  const { automated, applied } = await readUses(place);
  if (automated.length + applied.length === 0) {
    const names = place.environments.map(({ name }) => name).join(", ");
    throw new Problem(
      "refused",
      `no API and no automated policy in ${names} uses the policy: nothing was removed`,
    );
  }
  await removeAll(place, [...automated, ...applied]);
}

function notThere({ id }: ApiInstance, covering: readonly AutomatedPolicy[]): Problem {
  const [automated] = covering;
  const hint = automated
    ? `it gets it from ${describe(automated)}, which \`make remove\` without API takes away, with all others`
    : "`make status` shows who uses it";
  return new Problem(
    "refused",
    `API ${id} does not have the policy on its own (404): nothing was removed; ${hint}`,
  );
}

async function removeAll(place: Workplace, policies: readonly AnyPolicy[]): Promise<void> {
  const { progress, project } = place;
  for (const [at, policy] of policies.entries()) {
    const kept = keepSettings(project.root, policy);
    const work = () =>
      "api" in policy ? removePolicy(place, policy) : removeAutomated(place, policy);
    try {
      await unbroken(progress, "This removal", () =>
        progress.step(`Removing ${describe(policy)}`, work),
      );
    } catch (error) {
      throw withRest(error, policies.slice(0, at), policies.slice(at));
    }
    progress.say(`Removed: ${describe(policy)}. To bring it back: ${kept.command}`);
  }
}

function withRest(error: unknown, done: readonly AnyPolicy[], rest: readonly AnyPolicy[]): unknown {
  if (!(error instanceof Problem)) return error;
  const list = (policies: readonly AnyPolicy[]): string =>
    policies.map(describe).join(", ") || "none";
  const line = `Removed before: ${list(done)}. Perhaps still there: ${list(rest)}: \`make status\` shows it, \`make remove\` goes on.`;
  return new Problem(error.kind, error.message, [...error.details, line]);
}

const describe = (policy: AnyPolicy): string =>
  "api" in policy
    ? `${nameVersion(policy)} (policy ${policy.id}) of API ${policy.api.id} (${policy.api.name}) in ${policy.api.environment.name}`
    : `the automated policy ${nameVersion(policy)} (policy ${policy.id}) of ${policy.environment.name}`;
