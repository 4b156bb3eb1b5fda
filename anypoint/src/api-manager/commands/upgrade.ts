/** `upgrade`: how do APIs and automated policies come to the newest version, or to one that is named? */
import type { Command } from "commander";
import type { Context } from "../../context.ts";
import type { Configuration } from "../../configuration-file.ts";
import { Problem } from "../../problem.ts";
import { coveredApis } from "../coverage.ts";
import { differenceLines, differences } from "../differences.ts";
import type { ApiInstance, PolicyVersion } from "../model.ts";
import { readInventory } from "../read-inventory.ts";
import { unbroken } from "../unbroken.ts";
import { requireReplaceable, upgradeApi } from "../upgrade-api.ts";
import { exclusions, upgradeAutomated } from "../upgrade-automated.ts";
import { planUpgrade, type UpgradePlan } from "../upgrade-plan.ts";
import { nameVersion, type Inventory } from "../usage.ts";
import type { Workplace } from "../workplace.ts";
import { announce, listApis, nameApi } from "./announce.ts";
import { requireFoundApi } from "./apply.ts";
import { readConfiguration, requireFitting } from "./configuration.ts";
import { addOptions, atWork, readOptions, type Given, type Options } from "./options.ts";
import { notPublished } from "./version.ts";

interface Step {
  /** "API 1 (orders) in Sandbox". */
  readonly where: string;
  /** The APIs of an automated policy, for people. */
  readonly covered: string;
  readonly from: PolicyVersion;
  readonly to: PolicyVersion;
  /** What is applied, and what is to be. */
  readonly before: Configuration;
  readonly configuration: Configuration;
  readonly note: string | undefined;
  readonly run: (place: Workplace) => Promise<void>;
}

export function registerUpgrade(program: Command, context: Context): void {
  const command = program
    .command("upgrade")
    .description("bring the policy to the newest version, everywhere or at one API");
  addOptions(command, "api", "config", "policyVersion", "dryRun").action((given: Given) =>
    upgrade(context, readOptions(context, given)),
  );
}

async function upgrade(context: Context, options: Options): Promise<void> {
  const { root } = context;
  const given = options.config === undefined ? undefined : readConfiguration(root, options);
  await atWork(context, options, async (place) => {
    if (options.api !== undefined) await requireFoundApi(place, options.api);
    const inventory = await readInventory(place, options.policyVersion);
    const plan = planUpgrade(inventory, {
      api: options.api,
      version: options.policyVersion,
      hasConfiguration: given !== undefined,
    });
    if (!plan) throw notPublished(inventory.publications, options.policyVersion);
    if (plan.uses === 0) throw usedByNobody(options);
    for (const each of plan.apis) requireReplaceable(each);
    const steps = stepsOf(plan, inventory.apis, given);
    for (const { configuration, where } of steps) requireFitting(root, configuration, where);
    if (steps.length === 0) return place.progress.say(nothingToDo(inventory, options));
    const lines = steps.flatMap(linesOf);
    const isMany = steps.length > 1 || plan.automated.length > 0;
    if (!announce(place, options, { verb: "upgrade", lines, isMany })) return;
    await runSteps(place, steps);
  });
}

function linesOf({ where, covered, from, to, before, configuration }: Step): string[] {
  const line = `${where} from ${nameVersion(from)} to ${nameVersion(to)}${covered}`;
  return [line, ...differenceLines(differences(before, configuration)).map((each) => `  ${each}`)];
}

function nothingToDo({ publications }: Inventory, { policyVersion }: Options): string {
  if (policyVersion !== undefined || publications.every(({ isSearched }) => isSearched)) {
    return "Nothing to do: no use of the policy is behind.";
  }
  throw new Problem(
    "refused",
    "whether a use of the policy is behind is not known, as Exchange's search failed: `make upgrade VERSION=<version>` names one; " +
      "nothing was changed",
  );
}

function usedByNobody({ api }: Options): Problem {
  const line =
    api === undefined
      ? "no API and no automated policy uses the policy"
      : `API ${api} does not have the policy`;
  const command = api === undefined ? "make apply API=<id>" : `make apply API=${api}`;
  return new Problem(
    "refused",
    `${line}: nothing to upgrade; \`${command} CONFIG=file.yaml\` applies it`,
  );
}

function stepsOf(
  { apis, automated }: UpgradePlan,
  all: readonly ApiInstance[],
  given: Configuration | undefined,
): Step[] {
  const ofApis = apis.map(({ policy, target, coveredBy }): Step => {
    const configuration = given ?? policy.configuration;
    return {
      ...{ where: nameApi(policy.api), covered: "", note: undefined },
      ...{ from: policy, to: target, before: policy.configuration, configuration },
      run: (place) => upgradeApi(place, { policy, target, configuration, coveredBy }),
    };
  });
  const others = automated.map(({ policy, target }): Step => {
    const configuration = given ?? policy.configuration;
    const covered = ` (it covers ${listApis(coveredApis(policy, all))})`;
    return {
      ...{ where: `the automated policy of ${policy.environment.name}`, covered },
      ...{ from: policy, to: target, before: policy.configuration, configuration },
      note: exclusions(policy),
      run: (place) => upgradeAutomated(place, policy, target, configuration),
    };
  });
  return [...ofApis, ...others];
}

async function runSteps(place: Workplace, steps: readonly Step[]): Promise<void> {
  const { progress } = place;
  for (const [at, { where, from, to, note, run }] of steps.entries()) {
    const text = `Upgrading ${where} from ${nameVersion(from)} to ${nameVersion(to)}`;
    try {
      await unbroken(progress, "This upgrade", () => progress.step(text, () => run(place)));
    } catch (error) {
      throw withRest(error, steps.slice(0, at), steps.slice(at + 1));
    }
    progress.say(`Upgraded: ${where} has ${nameVersion(to)} now.`);
    if (note) progress.say(note);
  }
}

/** One that fails ends the command: what was done, and what was not begun, is told. */
function withRest(error: unknown, done: readonly Step[], rest: readonly Step[]): unknown {
  if (!(error instanceof Problem) || done.length + rest.length === 0) return error;
  const list = (steps: readonly Step[]): string =>
    steps.map(({ where }) => where).join(", ") || "none";
  const details = [
    ...error.details,
    `Upgraded before: ${list(done)}. Not begun: ${list(rest)}. \`make upgrade\` goes on with what is behind.`,
  ];
  return new Problem(error.kind, error.message, { details });
}
