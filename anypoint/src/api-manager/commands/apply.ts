/** `apply`: how does one API get the policy? */
import type { Command } from "commander";
import type { Context } from "../../context.ts";
import { Problem } from "../../problem.ts";
import { differenceLines, differences } from "../differences.ts";
import type { ApiInstance, AppliedPolicy, Configuration, PolicyVersion } from "../model.ts";
import { lookForApplied } from "../lookouts.ts";
import { applyPolicy } from "../policy-commands.ts";
import { assetIds, findApi, readCovering, readOwnPolicies } from "../read-inventory.ts";
import { readPublications } from "../read-publication.ts";
import { atStep, signsOf, stepOf, type Step } from "../rollout.ts";
import { changeConfiguration } from "../upgrade-api.ts";
import { newUseTable } from "../status-table.ts";
import { nameVersion } from "../usage.ts";
import type { Workplace } from "../workplace.ts";
import { announce, DISABLED, nameApi } from "./announce.ts";
import { readConfiguration, requireFitting, shownSettings } from "./configuration.ts";
import {
  addOptions,
  atWork,
  readOptions,
  requireApi,
  type Given,
  type Options,
} from "./options.ts";
import { attempt } from "../attempt.ts";
import { requireSameVersion, requireVersion } from "./version.ts";

const FLEX = "flexGateway";

export function registerApply(program: Command, context: Context): void {
  const command = program.command("apply").description("apply the policy to one API");
  addOptions(command, "api", "config", "policyVersion", "rollout", "dryRun", "json").action(
    (given: Given) => apply(context, readOptions(context, given)),
  );
}

async function apply(context: Context, options: Options): Promise<void> {
  const id = requireApi(options, "apply");
  const { rollout, config } = options;
  // A step of a policy that is applied needs no file: what it does not set stays.
  const mayBeThere = rollout !== undefined && config === undefined;
  const given = mayBeThere ? undefined : readConfiguration(context.root, options);
  await atWork(context, options, async (place) => {
    const api = await requireFoundApi(place, id);
    const [own] = await readOwnPolicies(place, api);
    const outcome =
      own !== undefined && rollout !== undefined
        ? await changeStep(place, own, { ...options, rollout, given })
        : await applyAnew(place, api, { ...options, given });
    if (outcome === undefined) return;
    if (options.json) return place.progress.say(JSON.stringify(outcome, null, 2));
    for (const line of outcomeLines(nameApi(api), outcome)) place.progress.say(line);
    for (const line of newUseTable({ ...outcome, by: "api", apis: [api] }))
      place.progress.say(line);
    for (const sign of rollout === undefined ? [] : signsOf(rollout))
      place.progress.say(`  ${sign}`);
  });
}

/** For programs. */
interface Outcome extends PolicyVersion {
  readonly api: string;
  readonly environment: string;
  readonly policyId: string;
  readonly isNew: boolean;
  readonly isChanged: boolean;
  readonly disabled: boolean;
  readonly rollout: string;
}

function outcomeLines(where: string, outcome: Outcome): string[] {
  const { policyId, isNew, isChanged, disabled, rollout } = outcome;
  const what = nameVersion(outcome);
  const line = isNew
    ? `Applied: ${where} has ${what} now (policy ${policyId}).`
    : isChanged
      ? `Changed: ${where} has ${what} at step ${rollout} now (policy ${policyId}).`
      : `Unchanged: ${where} has ${what} at step ${rollout} already (policy ${policyId}).`;
  return [line, ...(disabled ? [`  ${DISABLED}`] : [])];
}

type Wish = Options & { readonly given: Configuration | undefined };

/** Undefined: only shown. */
async function applyAnew(
  place: Workplace,
  api: ApiInstance,
  { given, ...options }: Wish,
): Promise<Outcome | undefined> {
  const base = given ?? readConfiguration(place.context.root, options);
  const configuration = options.rollout === undefined ? base : atStep(base, options.rollout);
  const { policyVersion } = options;
  const publications = await readPublications(place, assetIds(place.project), policyVersion);
  const version = requireVersion(publications, options);
  await requireFree(place, api);
  const lines = [
    `${nameVersion(version)} to ${nameApi(api)}, with:`,
    ...shownSettings(configuration),
  ];
  const facts = { ...outcomeOf(api, version, configuration), parameters: configuration };
  if (!announce(place, options, { verb: "apply", lines, isMany: false, facts })) return undefined;
  const text = `Applying ${nameVersion(version)} to ${nameApi(api)}`;
  const policyId = await attempt(place, text, {
    work: () => applyPolicy(place, api, { ...version, configuration, pointcut: null }),
    look: lookForApplied(api, version),
  });
  return {
    ...outcomeOf(api, version, configuration),
    policyId,
    isNew: true,
    isChanged: true,
    disabled: false,
  };
}

/** Three parameters, and whatever CONFIG says; version, order and scope stay. */
async function changeStep(
  place: Workplace,
  own: AppliedPolicy,
  { given, ...options }: Wish & { readonly rollout: Step },
): Promise<Outcome | undefined> {
  const { api, id: policyId, disabled } = own;
  const upgrade = `make upgrade API=${api.id}`;
  requireSameVersion(own, options, { where: `API ${api.id}`, upgrade });
  const configuration = atStep(given ?? own.configuration, options.rollout);
  requireFitting(place.context.root, configuration, nameApi(api));
  const parameters = differences(own.configuration, configuration);
  const found = differenceLines(parameters);
  const unchanged = [`nothing of ${nameApi(api)}, which is at step ${options.rollout} already`];
  const lines = found.length === 0 ? unchanged : [`${nameApi(api)}:`, ...found];
  const outcome = { ...outcomeOf(api, own, configuration), policyId };
  const facts = { ...outcome, parameters };
  if (!announce(place, options, { verb: "change", lines, isMany: false, facts })) return undefined;
  if (found.length > 0) {
    const text = `Changing ${nameApi(api)} to step ${options.rollout}`;
    await attempt(place, text, changeConfiguration(place, own, configuration));
  }
  return { ...outcome, isNew: false, isChanged: found.length > 0, disabled };
}

const outcomeOf = (
  api: ApiInstance,
  { assetId, version }: PolicyVersion,
  configuration: Configuration,
) => ({
  ...{ api: api.id, environment: api.environment.name, assetId, version },
  rollout: stepOf(configuration),
});

export async function requireFoundApi(place: Workplace, id: string): Promise<ApiInstance> {
  const { environments, organization } = place;
  const api = await findApi(place, id);
  if (!api) {
    const names = environments.map(({ name }) => name).join(", ");
    throw new Problem(
      "refused",
      `API ${id} is not there (404) in ${organization.name}, environments ${names}: API Manager shows the API Instance ID; ` +
        "ENV and ORG name another place",
    );
  }
  if (api.technology === undefined || api.technology === FLEX) return api;
  throw new Problem(
    "refused",
    `API ${id} runs on ${api.technology}; this policy is for Flex Gateway`,
  );
}

/** The platform would refuse it too, without saying what to do. */
async function requireFree(place: Workplace, api: ApiInstance): Promise<void> {
  const [own] = await readOwnPolicies(place, api);
  if (own) {
    throw new Problem(
      "exists",
      `API ${api.id} has the policy already (409): ${nameVersion(own)}, policy ${own.id}; \`make upgrade API=${api.id}\` changes ` +
        `its version and, with CONFIG=file.yaml, its configuration; \`make remove API=${api.id}\` takes it away`,
    );
  }
  const [automated] = await readCovering(place, api);
  if (!automated) return;
  const policy = `the automated policy ${automated.id} of ${api.environment.name} (${nameVersion(automated)})`;
  throw new Problem(
    "exists",
    automated.disabled
      ? `API ${api.id} is reached by ${policy} (409), which is disabled and inspects nothing: enable or remove it in API Manager, ` +
          "or exclude the API there, first"
      : `API ${api.id} gets the policy already (409), from ${policy}: exclude the API there in API Manager first, or leave it so`,
  );
}
