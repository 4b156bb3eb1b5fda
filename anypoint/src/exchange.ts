/** What is on Exchange? Asked of its API: only a 404 of an asset's own address says that it is not there, and no failed search does. */
import { originOf, Problem } from "./problem.ts";
import { reasonIn } from "./refusal-reason.ts";
import type { Answer, Session } from "./session.ts";

export interface AssetVersion {
  readonly groupId: string;
  readonly assetId: string;
  readonly version: string;
}

export interface FoundAsset {
  /** All of the asset that its description tells of, its own version first. */
  readonly versions: readonly string[];
}

type JsonObject = Readonly<Record<string, unknown>>;

/** What else stands in such lists (`v1` for a group of versions, `latest`) is no version of the policy. */
const SEMANTIC = /^\d+\.\d+\.\d+(?:[-+][\w.+-]+)?$/;

export const isVersion = (text: string): boolean => SEMANTIC.test(text);

const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

/** Undefined: not there. Rejects where the platform does not say: to take that for "no" would be to tell a user what is not so. */
export async function findAsset(
  session: Session,
  { groupId, assetId, version }: AssetVersion,
): Promise<FoundAsset | undefined> {
  const what = `Looking for ${assetId} ${version} on Exchange`;
  const path = `/exchange/api/v1/assets/${groupId}/${assetId}/${version}`;
  const answer = await session.call("GET", path, what);
  if (answer.status === 404) return undefined;
  if (answer.status >= 300 || !isObject(answer.json)) throw unclear(answer, what, session.host);
  return { versions: [version, ...versionsIn(answer.json)] };
}

function unclear({ status, json }: Answer, what: string, host: string): Problem {
  const reason = reasonIn(json);
  const said = status < 300 ? "what came is no description of an asset" : reason;
  return new Problem(
    "refused",
    `${what}: ${host} does not say whether it is there (status ${status})${said === "" ? "" : `: ${said}`}; try again later`,
    { origin: originOf(status) },
  );
}

function versionsIn({ version, versions, otherVersions }: JsonObject): string[] {
  const listed = [versions, otherVersions].flatMap((list): unknown[] =>
    Array.isArray(list) ? list : [],
  );
  const names = listed.map((each) => (isObject(each) ? textOf(each.version) : textOf(each)));
  return [textOf(version), ...names].filter(isVersion);
}

export interface ListedAsset {
  readonly assetId: string;
  readonly version: string;
}

/** What a search found, or why it is no answer. */
export type Searched =
  { readonly found: readonly ListedAsset[] } | { readonly failure: string; readonly found?: never };

/** A platform that never gives an empty page is not asked for ever. */
const MOST_PAGES = 100;
const PAGE = 100;

/** The newest version of each policy of the group. However short a page is, only an empty one, or one seen before, is the end. */
export async function searchPolicies(session: Session, groupId: string): Promise<Searched> {
  const found = new Map<string, ListedAsset>();
  const begun = new Set<string>();
  let offset = 0;
  for (let page = 0; page < MOST_PAGES; page++) {
    const query = `organizationId=${groupId}&types=policy&limit=${PAGE}&offset=${offset}`;
    const json = await listed(session, `/exchange/api/v2/assets?${query}`);
    if (typeof json === "string") return { failure: json };
    const first = JSON.stringify(json[0]);
    if (json.length === 0 || begun.has(first)) return { found: [...found.values()] };
    begun.add(first);
    offset += json.length;
    for (const each of json.filter(isObject)) {
      if (each.groupId !== groupId) continue;
      const { assetId, version } = { assetId: textOf(each.assetId), version: textOf(each.version) };
      found.set(`${assetId}/${version}`, { assetId, version });
    }
  }
  return { failure: `no end after ${MOST_PAGES} pages` };
}

/** A page, or why there is none. */
async function listed(session: Session, path: string): Promise<unknown[] | string> {
  try {
    const { status, json } = await session.call("GET", path, "Searching Exchange for the policy");
    if (status >= 300) return `status ${status}`;
    return Array.isArray(json) ? json : "what came is no list";
  } catch (error) {
    if (error instanceof Problem && error.kind === "forbidden") return "status 403";
    throw error;
  }
}
