/**
 * What is there: versions on Exchange, APIs, their policies, automated policies? Read from the platform's API, with the requests
 * that the official CLI itself sends: what the CLI prints of policies leaves out group, order and scope, and needs seconds an API.
 */
import { Problem } from "../problem.ts";
import { developmentNames, releaseNames, type Project } from "../project.ts";
import { isObject, textOf, type JsonObject } from "./client.ts";
import { whyNotCovered } from "./coverage.ts";
import type {
  ApiInstance,
  AppliedPolicy,
  AutomatedPolicy,
  Channel,
  Environment,
  PolicySettings,
  RuleOfApplication,
} from "./model.ts";
import { readPublications, withVersionsInUse } from "./read-publication.ts";
import type { Inventory } from "./usage.ts";
import type { Workplace } from "./workplace.ts";

const PAGE = 100;
/** So many APIs are asked for their policies at a time. */
const AT_ONCE = 8;

export const assetIds = (project: Project): Readonly<Record<Channel, string>> => ({
  release: releaseNames(project).definition,
  development: developmentNames(project).definition,
});

export async function readInventory(place: Workplace, wanted?: string): Promise<Inventory> {
  const [publications, uses] = await place.progress.ifSlow(
    "Reading what is on Exchange, and which APIs use it",
    () => Promise.all([readPublications(place, assetIds(place.project), wanted), readUses(place)]),
  );
  const all = [...uses.applied, ...uses.automated];
  return { publications: await withVersionsInUse(place, publications, all), ...uses };
}

/** All but Exchange. */
export async function readUses(place: Workplace): Promise<Omit<Inventory, "publications">> {
  const [apis, automated] = await Promise.all([readApis(place), readAutomated(place)]);
  const applied = await inTurns(apis, (api) => readOwnPolicies(place, api));
  return { apis, automated, applied: applied.flat() };
}

async function readApis(place: Workplace): Promise<ApiInstance[]> {
  return (await Promise.all(place.environments.map((each) => readApisOf(place, each)))).flat();
}

/** By what came, whatever was asked for: a page may be shorter, and no total is no end. */
async function readApisOf(place: Workplace, environment: Environment): Promise<ApiInstance[]> {
  const { client } = place;
  const apis = new Map<string, ApiInstance>();
  for (let offset = 0; ;) {
    const query = `?limit=${PAGE}&offset=${offset}&sort=createdDate&ascending=true`;
    const what = `Reading the APIs of ${environment.name}`;
    const page = await client.get(`${apisPath(place, environment)}${query}`, what);
    const found = client.list(page.assets, what).flatMap(({ apis }) => client.list(apis, what));
    const before = apis.size;
    for (const each of found.map((api) => readApi(api, environment))) apis.set(each.id, each);
    offset += found.length;
    const isAll = typeof page.total === "number" && offset >= page.total;
    // A platform that repeats a page is not asked for ever.
    if (isAll || apis.size === before) return [...apis.values()];
  }
}

/** An API, in whichever of the environments it is. */
export async function findApi(place: Workplace, id: string): Promise<ApiInstance | undefined> {
  for (const environment of place.environments) {
    const path = `${apisPath(place, environment)}/${id}`;
    const found = await place.client.find(path, `Looking for API ${id}`);
    if (isObject(found)) return readApi(found, environment);
  }
  return undefined;
}

export const apisPath = ({ organization }: Workplace, { id }: Environment): string =>
  `/apimanager/api/v1/organizations/${organization.id}/environments/${id}/apis`;

export const policiesPath = (place: Workplace, { id, environment }: ApiInstance): string =>
  `${apisPath(place, environment)}/${id}/policies`;

export const automatedPath = ({ organization }: Workplace): string =>
  `/apimanager/api/v1/organizations/${organization.id}/automated-policies`;

function readApi(api: JsonObject, environment: Environment): ApiInstance {
  const { id, assetId, instanceLabel, technology } = api;
  const deployment = isObject(api.deployment) ? api.deployment : {};
  return {
    id: String(id),
    environment,
    name: [assetId, instanceLabel].map(textOf).filter(Boolean).join(" "),
    technology: textOf(technology) || undefined,
    gatewayVersion: textOf(deployment.gatewayVersion) || undefined,
  };
}

/** All policies of an API, other people's too, in their order. */
export async function readPolicies(place: Workplace, api: ApiInstance): Promise<AppliedPolicy[]> {
  const path = `${policiesPath(place, api)}?fullInfo=false`;
  const policies = await place.client.getList(path, `Reading the policies of API ${api.id}`);
  const read = policies.map((policy) => ({
    ...readSettings(policy),
    api,
    pointcut: Array.isArray(policy.pointcutData) ? (policy.pointcutData as unknown[]) : null,
    templateId: String(policy.policyTemplateId ?? policy.assetId),
  }));
  return read.sort((one, other) => (one.order ?? Infinity) - (other.order ?? Infinity) || 0);
}

export async function readOwnPolicies(
  place: Workplace,
  api: ApiInstance,
): Promise<AppliedPolicy[]> {
  return (await readPolicies(place, api)).filter((policy) => isOurs(place.project, policy));
}

/** The platform may leave the environment's filter out of account: the rule of application decides. */
export async function readAutomated(place: Workplace): Promise<AutomatedPolicy[]> {
  const all = await Promise.all(
    place.environments.map(async (environment) => {
      const path = `${automatedPath(place)}?environmentId=${environment.id}`;
      const what = `Reading the automated policies of ${environment.name}`;
      const answer = await place.client.find(path, what);
      if (answer === undefined) return [];
      return place.client
        .list(isObject(answer) ? answer.automatedPolicies : answer, what)
        .map((policy) => readAutomatedPolicy(policy, environment))
        .filter(({ rule }) => rule.environmentId === environment.id);
    }),
  );
  return all.flat().filter((policy) => isOurs(place.project, policy));
}

/** Those that reach an API. Where the user may manage policies of APIs only a line says so, and the platform has the last word. */
export async function readCovering(place: Workplace, api: ApiInstance): Promise<AutomatedPolicy[]> {
  try {
    const all = await readAutomated(place);
    return all.filter((policy) => whyNotCovered(policy, api) === undefined);
  } catch (error) {
    if (!(error instanceof Problem) || error.kind !== "forbidden") throw error;
    place.progress.note(
      `Note: this user may not read automated policies (403): whether one reaches API ${api.id} is not known.`,
    );
    return [];
  }
}

export function readAutomatedPolicy(policy: JsonObject, environment: Environment): AutomatedPolicy {
  const rule = (isObject(policy.ruleOfApplication) ? policy.ruleOfApplication : {}) as unknown;
  const excluded = Array.isArray(policy.excludedApis) ? policy.excludedApis : [];
  return {
    ...readSettings(policy),
    environment,
    rule: rule as RuleOfApplication,
    excluded: excluded.map(String),
  };
}

function readSettings(policy: JsonObject): PolicySettings & { id: string; groupId: string } {
  const { id, groupId, assetId, assetVersion, configurationData, disabled, order } = policy;
  return {
    ...{ id: String(id), groupId: textOf(groupId), assetId: textOf(assetId) },
    version: textOf(assetVersion),
    configuration: isObject(configurationData) ? configurationData : {},
    disabled: disabled === true,
    order: typeof order === "number" ? order : undefined,
  };
}

function isOurs(
  project: Project,
  { groupId, assetId }: { groupId: string; assetId: string },
): boolean {
  return groupId === project.groupId && Object.values(assetIds(project)).includes(assetId);
}

async function inTurns<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let at = 0; at < items.length; at += AT_ONCE) {
    results.push(...(await Promise.all(items.slice(at, at + AT_ONCE).map(work))));
  }
  return results;
}
