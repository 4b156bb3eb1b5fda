/** `diff`: what would `apply` or `upgrade` change at one API? Reads only. */
import type { Command } from "commander";
import type { Context } from "../../context.ts";
import { differenceLines, differences } from "../differences.ts";
import type { AppliedPolicy, PolicyVersion } from "../model.ts";
import { assetIds, readOwnPolicies } from "../read-inventory.ts";
import { readPublications } from "../read-publication.ts";
import { atStep } from "../rollout.ts";
import { nameVersion, stateOf } from "../usage.ts";
import type { Workplace } from "../workplace.ts";
import { nameApi } from "./announce.ts";
import { requireFoundApi } from "./apply.ts";
import { readConfiguration } from "./configuration.ts";
import {
  addOptions,
  atWork,
  readOptions,
  requireApi,
  type Given,
  type Options,
} from "./options.ts";
import { requireSameVersion, requireVersion } from "./version.ts";

export function registerDiff(program: Command, context: Context): void {
  const command = program.command("diff").description("show what would change at one API");
  addOptions(command, "api", "config", "policyVersion", "rollout", "json").action((given: Given) =>
    diff(context, readOptions(context, given)),
  );
}

async function diff(context: Context, options: Options): Promise<void> {
  const id = requireApi(options, "diff");
  const { root } = context;
  const given = options.config === undefined ? undefined : readConfiguration(root, options);
  await atWork(context, options, async (place) => {
    const api = await requireFoundApi(place, id);
    const [own] = await readOwnPolicies(place, api);
    const version = await targetOf(place, own, options);
    const base = given ?? own?.configuration ?? readConfiguration(root, options);
    const after = options.rollout === undefined ? base : atStep(base, options.rollout);
    const found = differences(own?.configuration ?? {}, after);
    if (options.json) {
      const before = own && { assetId: own.assetId, version: own.version };
      const parameters = found.map((each) => ({ ...each }));
      const text = JSON.stringify(
        { api: api.id, before: before ?? null, after: version, parameters },
        null,
        2,
      );
      return place.progress.say(text);
    }
    for (const line of linesOf(nameApi(api), { own, version, found: differenceLines(found) })) {
      place.progress.say(line);
    }
  });
}

async function targetOf(
  place: Workplace,
  own: AppliedPolicy | undefined,
  options: Options,
): Promise<PolicyVersion> {
  if (own !== undefined && options.rollout !== undefined) {
    const where = `API ${own.api.id}`;
    requireSameVersion(own, options, { where, upgrade: `make upgrade API=${own.api.id}` });
    return { assetId: own.assetId, version: own.version };
  }
  const publications = await readPublications(
    place,
    assetIds(place.project),
    options.policyVersion,
  );
  if (own === undefined || options.policyVersion !== undefined) {
    return requireVersion(publications, options);
  }
  const { state, newest = own.version } = stateOf(own, publications);
  return { assetId: own.assetId, version: state === "behind" ? newest : own.version };
}

interface Found {
  readonly own: AppliedPolicy | undefined;
  readonly version: PolicyVersion;
  readonly found: readonly string[];
}

function linesOf(where: string, { own, version, found }: Found): string[] {
  if (own === undefined) {
    return [
      `${where} does not have the policy; \`make apply\` would give it:`,
      `+ ${nameVersion(version)}`,
      ...found,
    ];
  }
  const isSame = own.assetId === version.assetId && own.version === version.version;
  const versions = isSame ? [] : [`- ${nameVersion(own)}`, `+ ${nameVersion(version)}`];
  if (versions.length + found.length === 0) return [`${where}: nothing would change.`];
  return [`${where} would change:`, ...versions, ...found];
}
