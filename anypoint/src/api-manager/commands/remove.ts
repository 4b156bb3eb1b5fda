/** `remove`: how is the policy taken away, from one API or from every use? Shows what it is about to remove, and how it comes back. */
import type { Command } from "commander";
import type { Context } from "../../context.ts";
import { Problem, usageProblem } from "../../problem.ts";
import { attempt } from "../attempt.ts";
import { removeAutomated } from "../automated-calls.ts";
import { keepSettings } from "../kept-settings.ts";
import { lookForRemoved } from "../lookouts.ts";
import type { ApiInstance, AutomatedPolicy } from "../model.ts";
import { removePolicy } from "../policy-commands.ts";
import { readCovering, readOwnPolicies, readUses } from "../read-inventory.ts";
import type { Workplace } from "../workplace.ts";
import { announce, namePolicy, namePolicyAndApis, type AnyPolicy } from "./announce.ts";
import { requireFoundApi } from "./apply.ts";
import { addOptions, atWork, readOptions, type Given, type Options } from "./options.ts";

export function registerRemove(program: Command, context: Context): void {
  const command = program
    .command("remove")
    .description("take the policy away, from one API or from every use");
  addOptions(command, "api", "all", "dryRun").action((given: Given) =>
    remove(context, readOptions(context, given)),
  );
}

async function remove(context: Context, options: Options): Promise<void> {
  const { api, all } = options;
  if ((api === undefined) !== all) throw unclear(options);
  await atWork(context, options, (place) =>
    api === undefined ? removeEverywhere(place, options) : removeFrom(place, api, options),
  );
}

/** Nothing is removed that was not named. */
function unclear({ all }: Options): Problem {
  if (all) {
    return usageProblem(
      "API and ALL: which one? `make remove API=<id>` is for one API, `make remove ALL=1` for every use; nothing was removed",
    );
  }
  return usageProblem(
    "API: is missing; allowed: an API Instance ID, as in `make remove API=12345678`; or `make remove ALL=1` for every use that " +
      "`make status` shows, with ENV=<name> for those of one environment; nothing was removed",
  );
}

async function removeFrom(place: Workplace, id: string, options: Options): Promise<void> {
  const api = await requireFoundApi(place, id);
  const covering = await readCovering(place, api);
  const own = await readOwnPolicies(place, api);
  if (own.length === 0) throw notThere(api, covering);
  const lines = own.map(namePolicy);
  if (announce(place, options, { verb: "remove", lines, isMany: false })) {
    await removeAll(place, own);
  }
  for (const policy of covering) {
    place.progress.say(`Note: API ${api.id} still gets the policy from ${namePolicy(policy)}.`);
  }
}

/** Automated policies first: what they cover keeps its own until that goes too. */
async function removeEverywhere(place: Workplace, options: Options): Promise<void> {
  const { automated, applied, apis } = await readUses(place);
  const policies = [...automated, ...applied];
  if (policies.length === 0) {
    const names = place.environments.map(({ name }) => name).join(", ");
    throw new Problem(
      "refused",
      `no API and no automated policy in ${names} uses the policy: nothing was removed`,
    );
  }
  const lines = policies.map((policy) => namePolicyAndApis(policy, apis));
  if (!announce(place, options, { verb: "remove", lines, isMany: true })) return;
  await removeAll(place, policies);
}

function notThere({ id }: ApiInstance, covering: readonly AutomatedPolicy[]): Problem {
  const [automated] = covering;
  const hint = automated
    ? `it gets it from ${namePolicy(automated)}: exclude the API there in API Manager; \`make remove ALL=1 ENV="${automated.environment.name}"\` ` +
      "takes that one away, with every other use there"
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
      await attempt(place, `Removing ${namePolicy(policy)}`, {
        ...{ work, look: lookForRemoved(policy) },
      });
    } catch (error) {
      throw withRest(error, policies.slice(0, at), policies.slice(at));
    }
    progress.say(`Removed: ${namePolicy(policy)}. To bring it back: ${kept.command}`);
    if (kept.besides !== "") {
      progress.say(`  That leaves out ${kept.besides}: ${kept.file} has it, for API Manager.`);
    }
  }
}

function withRest(error: unknown, done: readonly AnyPolicy[], rest: readonly AnyPolicy[]): unknown {
  if (!(error instanceof Problem)) return error;
  const list = (policies: readonly AnyPolicy[]): string =>
    policies.map(namePolicy).join(", ") || "none";
  const line = `Removed before: ${list(done)}. Perhaps still there: ${list(rest)}: \`make status\` shows it, the same command goes on.`;
  return new Problem(error.kind, error.message, { details: [...error.details, line] });
}
