/** `automate`: how do all APIs on Flex Gateways of an environment get the policy, those that come later too? */
import type { Command } from "commander";
import type { Context } from "../../context.ts";
import { Problem, usageProblem } from "../../problem.ts";
import { createAutomated } from "../automated-calls.ts";
import { coveredApis } from "../coverage.ts";
import { lookForAutomated } from "../lookouts.ts";
import type { AutomatedPolicy, Environment } from "../model.ts";
import { readInventory } from "../read-inventory.ts";
import { atStep, signsOf, stepOf } from "../rollout.ts";
import { newUseTable } from "../status-table.ts";
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
  const { rollout, config } = options;
  // A step of a policy that is applied needs no file: what it does not set stays.
  const mayBeThere = rollout !== undefined && config === undefined;
  const given = mayBeThere ? undefined : readConfiguration(context.root, options);
  await atWork(context, options, async (place) => {
    const inventory = await readInventory(place, options.policyVersion);
    const environment = chooseEnvironment(place, inventory, options);
    const own = inventory.automated.find((each) => each.environment.id === environment.id);
    if (own !== undefined && rollout !== undefined) {
      return changeAutomatedStep(place, own, inventory.apis, { ...options, rollout, given });
    }
    if (own !== undefined) throw isThere(own, environment);
    const base = given ?? readConfiguration(context.root, options);
    const configuration = rollout === undefined ? base : atStep(base, rollout);
    const version = requireVersion(inventory.publications, options);
    const rule = {
      environmentId: environment.id,
      organizationId: place.organization.id,
      technologies: [FLEX],
    };
    const reached = coveredApis({ rule, environment, excluded: [] }, inventory.apis);
    const lines = [
      `${nameVersion(version)} to all APIs on Flex Gateways of ${environment.name}, now and later; now: ${listApis(reached)}`,
      ...(options.dryRun ? ["with:", ...shownSettings(configuration)] : []),
    ];
    if (!announce(place, options, { verb: "apply", lines, isMany: true })) return;
    const text = `Applying ${nameVersion(version)} to all APIs on Flex Gateways of ${environment.name}`;
    const made = await attempt(place, text, {
      work: () => createAutomated(place, { ...version, configuration, environment, rule }),
      look: lookForAutomated(environment, version),
    });
    const covered = coveredApis({ ...made, rule, environment }, inventory.apis);
    const names = listApis(covered);
    if (options.json) {
      const { id: policyId } = made;
      const apis = covered.map(({ id, name }) => ({ id, name }));
      const about = { environment: environment.name, policyId, ...version, apis };
      const text = JSON.stringify({ ...about, rollout: stepOf(configuration) }, null, 2);
      return place.progress.say(text);
    }
    place.progress.say(
      `Applied: ${nameVersion(version)} is an automated policy of ${environment.name} now (policy ${made.id}). APIs covered: ${names}.`,
    );
    const use = { environment: environment.name, policyId: made.id, ...version, apis: covered };
    const table = newUseTable({ ...use, by: "automated", rollout: stepOf(configuration) });
    for (const line of table) place.progress.say(line);
    for (const sign of options.rollout ? signsOf(options.rollout) : [])
      place.progress.say(`  ${sign}`);
    tellDoubles(
      place,
      inventory,
      covered.map(({ id }) => id),
    );
  });
}

/** Where nobody says which: the only one there is, or the only one with APIs on Flex Gateways. An ENV that was there before does not say it. */
function chooseEnvironment(
  { environments }: Workplace,
  { apis }: Inventory,
  { env, isEnvGiven }: Options,
): Environment {
  if (env !== undefined && !isEnvGiven) {
    throw usageProblem(
      `ENV: ${env} is in the environment, which may mean something else: give it on the command line (\`make automate ENV="${env}"\`), ` +
        "or unset it. Nothing was done.",
    );
  }
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
