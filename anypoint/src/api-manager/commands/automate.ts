/** `automate`: how do all APIs on Flex Gateways of an environment get the policy, those that come later too? */
import type { Command } from "commander";
import type { Context } from "../../context.ts";
import { Problem, usageProblem } from "../../problem.ts";
import { createAutomated } from "../automated-calls.ts";
import { coveredApis } from "../coverage.ts";
import { lookForAutomated } from "../lookouts.ts";
import type {
  ApiInstance,
  AutomatedPolicy,
  Configuration,
  Environment,
  PolicyVersion,
} from "../model.ts";
import { readInventory } from "../read-inventory.ts";
import { atStep, signsOf, stepOf } from "../rollout.ts";
import { newUseTable, type NewUse } from "../status-table.ts";
import { nameVersion, type Inventory } from "../usage.ts";
import type { Workplace } from "../workplace.ts";
import { announce, listApis } from "./announce.ts";
import { changeAutomatedStep } from "./automated-step.ts";
import { readConfiguration, shownSettings } from "./configuration.ts";
import { addOptions, atWork, readOptions, type Given, type Options } from "./options.ts";
import { attempt } from "../attempt.ts";
import { requireVersion } from "./version.ts";

const FLEX = "flexGateway";

export function registerAutomate(program: Command, context: Context): void {
  const command = program
    .command("automate")
    .description("apply the policy to all APIs of an environment");
  addOptions(command, "config", "policyVersion", "rollout", "dryRun", "json").action(
    (given: Given) => automate(context, readOptions(context, given)),
  );
}

async function automate(context: Context, options: Options): Promise<void> {
  requireGivenEnvironment(options);
  const { rollout, config } = options;
  // A step of a policy that is applied needs no file: what it does not set stays.
  const mayBeThere = rollout !== undefined && config === undefined;
  const given = mayBeThere ? undefined : readConfiguration(context.root, options);
  await atWork(context, options, async (place) => {
    const inventory = await readInventory(place, options.policyVersion);
    const environment = chooseEnvironment(place, inventory);
    const own = inventory.automated.find((each) => each.environment.id === environment.id);
    if (own !== undefined && rollout !== undefined) {
      return changeAutomatedStep(place, own, inventory.apis, { ...options, rollout, given });
    }
    if (own !== undefined) throw isThere(own, environment);
    const base = given ?? readConfiguration(context.root, options);
    const configuration = rollout === undefined ? base : atStep(base, rollout);
    const version = requireVersion(inventory.publications, options);
    await automateAnew(place, inventory, options, { ...version, configuration, environment });
  });
}

type Wish = PolicyVersion & { configuration: Configuration; environment: Environment };

async function automateAnew(
  place: Workplace,
  inventory: Inventory,
  options: Options,
  { environment, ...wish }: Wish,
): Promise<void> {
  const { configuration } = wish;
  const rule = {
    ...{ environmentId: environment.id, organizationId: place.organization.id },
    technologies: [FLEX],
  };
  const reached = coveredApis({ rule, environment, excluded: [] }, inventory.apis);
  const what = `${nameVersion(wish)} to all APIs on Flex Gateways of ${environment.name}`;
  const lines = [
    `${what}, now and later; now: ${listApis(reached)}`,
    ...(options.dryRun ? ["with:", ...shownSettings(configuration)] : []),
  ];
  const facts = { ...factsOf(environment, wish, reached), parameters: configuration };
  if (!announce(place, options, { verb: "apply", lines, isMany: true, facts })) return;
  const made = await attempt(place, `Applying ${what}`, {
    work: () => createAutomated(place, { ...wish, environment, rule }),
    look: lookForAutomated(environment, wish),
  });
  const covered = coveredApis({ ...made, rule, environment }, inventory.apis);
  const outcome = { ...factsOf(environment, wish, covered), policyId: made.id };
  if (options.json) return place.progress.say(JSON.stringify(outcome, null, 2));
  tellOutcome(place, options, { ...outcome, apis: covered });
  const ids = covered.map(({ id }) => id);
  tellDoubles(place, inventory, ids);
}

const factsOf = (
  { name: environment }: Environment,
  { assetId, version, configuration }: Omit<Wish, "environment">,
  apis: readonly ApiInstance[],
) => ({
  ...{ environment, assetId, version, apis: apis.map(({ id, name }) => ({ id, name })) },
  rollout: stepOf(configuration),
});

function tellOutcome(
  { progress }: Workplace,
  { rollout }: Options,
  outcome: Omit<NewUse, "by" | "apis"> & { readonly apis: readonly ApiInstance[] },
): void {
  const { environment, policyId, apis } = outcome;
  progress.say(
    `Applied: ${nameVersion(outcome)} is an automated policy of ${environment} now (policy ${policyId}). APIs covered: ${listApis(apis)}.`,
  );
  for (const line of newUseTable({ ...outcome, by: "automated" })) progress.say(line);
  for (const sign of rollout ? signsOf(rollout) : []) progress.say(`  ${sign}`);
}

/** An ENV that was there before may be somebody else's. */
function requireGivenEnvironment({ env, isEnvGiven }: Options): void {
  if (env === undefined || isEnvGiven) return;
  throw usageProblem(
    `ENV: ${env} is in the environment, which may mean something else: give it on the command line (\`make automate ENV="${env}"\`), ` +
      "or unset it. Nothing was done.",
  );
}

/** Where nobody says which: the only one there is, or the only one with APIs on Flex Gateways. */
function chooseEnvironment({ environments }: Workplace, { apis }: Inventory): Environment {
  const withApis = environments.filter(({ id }) =>
    apis.some((api) => api.environment.id === id && api.technology === FLEX),
  );
  const [only, ...more] = environments.length === 1 ? environments : withApis;
  if (only && more.length === 0) return only;
  const names = environments.map(({ name }) => name).join(", ");
  throw usageProblem(
    `ENV: is missing, and more than one environment is possible; allowed: ${names}`,
  );
}

function isThere(found: AutomatedPolicy, environment: Environment): Problem {
  return new Problem(
    "exists",
    `${environment.name} has the policy as an automated one already (409): ${nameVersion(found)}, policy ${found.id}; ` +
      "ROLLOUT= takes it to another step; `make upgrade` changes its version and, with CONFIG=file.yaml, its configuration; " +
      "`make remove ALL=1 ENV=<name>` takes it away, with every other use there",
  );
}

function tellDoubles(
  { progress }: Workplace,
  { applied }: Inventory,
  covered: readonly string[],
): void {
  const doubles = applied.filter(({ api }) => covered.includes(api.id));
  for (const { api, id } of doubles) {
    progress.say(
      `Note: API ${api.id} has it on its own too (policy ${id}); the automated one goes before. ` +
        `\`make remove API=${api.id}\` takes its own away.`,
    );
  }
}
