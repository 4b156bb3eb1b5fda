/** `apply`: how does one API get the policy? */
import type { Command } from "commander";
import type { Context } from "../../context.ts";
import { Problem } from "../../problem.ts";
import type { ApiInstance } from "../model.ts";
import { applyPolicy } from "../policy-commands.ts";
import { assetIds, findApi, readCovering, readOwnPolicies } from "../read-inventory.ts";
import { readPublications } from "../read-publication.ts";
import { nameVersion } from "../usage.ts";
import type { Workplace } from "../workplace.ts";
import { announce, nameApi } from "./announce.ts";
import { readConfiguration, shownSettings } from "./configuration.ts";
import {
  addOptions,
  atWork,
  readOptions,
  requireApi,
  type Given,
  type Options,
} from "./options.ts";
import { attempt } from "../attempt.ts";
import { requireVersion } from "./version.ts";

const FLEX = "flexGateway";

export function registerApply(program: Command, context: Context): void {
  const command = program.command("apply").description("apply the policy to one API");
  addOptions(command, "api", "config", "policyVersion", "dryRun").action((given: Given) =>
    apply(context, readOptions(context, given)),
  );
}

async function apply(context: Context, options: Options): Promise<void> {
  const id = requireApi(options, "apply");
  const configuration = readConfiguration(context.root, options);
  await atWork(context, options, async (place) => {
    const api = await requireFoundApi(place, id);
    const publications = await readPublications(
      place,
      assetIds(place.project),
      options.policyVersion,
    );
    const version = requireVersion(publications, options);
    await requireFree(place, api);
    const where = nameApi(api);
    const lines = [`${nameVersion(version)} to ${where}, with:`, ...shownSettings(configuration)];
    if (!announce(place, options, { verb: "apply", lines, isMany: false })) return;
    const policyId = await attempt(
      place.progress,
      `Applying ${nameVersion(version)} to ${where}`,
      () => applyPolicy(place, api, { ...version, configuration, pointcut: null }),
    );
    place.progress.say(`Applied: ${where} has ${nameVersion(version)} now (policy ${policyId}).`);
  });
}

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
  throw new Problem(
    "exists",
    `API ${api.id} gets the policy already (409), from the automated policy ${automated.id} of ${api.environment.name} ` +
      `(${nameVersion(automated)}): exclude the API there in API Manager first, or leave it so`,
  );
}
