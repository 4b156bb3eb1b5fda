/**
 * Which versions of the policy are on Exchange? A search tells of the newest version of an asset, and describing that one of all. A
 * search that fails is no answer: then the versions that may be there are asked for by their numbers, and a line says so.
 */
import { findAsset, searchPolicies, type ListedAsset } from "../exchange.ts";
import { publishedVersions } from "../published-versions.ts";
import { isObject, textOf } from "./client.ts";
import { channels, type Channel, type PolicyVersion, type Publication } from "./model.ts";
import { newestFirst } from "./versions.ts";
import type { Workplace } from "./workplace.ts";

const SEARCHED = 100;

export async function readPublications(
  place: Workplace,
  assetIds: Readonly<Record<Channel, string>>,
  wanted?: string,
): Promise<Publication[]> {
  const listed = await search(place, assetIds.release);
  return Promise.all(
    channels.map(async (channel) => {
      const assetId = assetIds[channel];
      const known = (listed ?? []).filter((each) => each.assetId === assetId);
      const names = known.map(({ version }) => version);
      const maybe = [...names, ...candidates(place, assetId, wanted)];
      const versions = await versionsOf(place, assetId, maybe);
      return { channel, assetId, versions, isSearched: listed !== undefined };
    }),
  );
}

/** A version in use that no list told of: only a 404 of its own address says that it is not there. */
export const withVersionsInUse = (
  { session, project: { groupId } }: Workplace,
  publications: readonly Publication[],
  uses: readonly PolicyVersion[],
): Promise<Publication[]> =>
  Promise.all(
    publications.map(async (publication) => {
      const { assetId, versions } = publication;
      const used = uses.filter((each) => each.assetId === assetId).map(({ version }) => version);
      const unlisted = [...new Set(used)].filter((version) => !versions.includes(version));
      const found = await Promise.all(
        unlisted.map((version) => findAsset(session, { groupId, assetId, version })),
      );
      const there = unlisted.filter((_, at) => found[at] !== undefined);
      return { ...publication, versions: newestFirst([...versions, ...there]) };
    }),
  );

/** Undefined, and told: neither search gave an answer. */
async function search(place: Workplace, name: string): Promise<readonly ListedAsset[] | undefined> {
  const { session, project, progress } = place;
  const searched = await searchPolicies(session, project.groupId);
  const found = searched.found ?? (await searchByName(place, name));
  if (found === undefined && searched.found === undefined) {
    progress.note(
      `Note: Exchange's search failed (${searched.failure}): only those versions are known that are asked for by number (published from ` +
        "here, in use, that of package.json); there may be newer ones, which VERSION=<version> names.",
    );
  }
  return found;
}

/** Of an asset that no search told of: the version that is wanted, those that were published from here, and that of package.json. */
function candidates(
  { project, context }: Workplace,
  assetId: string,
  wanted: string | undefined,
): string[] {
  const own = publishedVersions(project.root).filter((each) => {
    const isHere = each.host === context.host.name && each.groupId === project.groupId;
    return isHere && each.assetId === assetId;
  });
  const named = [...(wanted === undefined ? [] : [wanted]), ...own.map(({ version }) => version)];
  return assetId === project.definitionAssetId ? [...named, project.version] : named;
}

async function versionsOf(
  { session, project: { groupId } }: Workplace,
  assetId: string,
  maybe: readonly string[],
): Promise<string[]> {
  const found = new Set<string>();
  const asked = new Set<string>();
  const ask = async (version: string): Promise<boolean> => {
    asked.add(version);
    const asset = await findAsset(session, { groupId, assetId, version });
    for (const each of asset?.versions ?? []) found.add(each);
    return asset !== undefined;
  };
  for (const version of new Set(maybe)) if (!found.has(version)) await ask(version);
  // The newest is what is applied where nobody says more: a list may name what was deleted.
  for (;;) {
    const [newest] = newestFirst([...found]);
    if (newest === undefined || asked.has(newest)) break;
    if (!(await ask(newest))) found.delete(newest);
  }
  return newestFirst([...found]);
}

/** As the official CLI searches, which is slower and goes by words. */
async function searchByName(
  { cli, project, limit }: Workplace,
  name: string,
): Promise<ListedAsset[] | undefined> {
  const scope = ["--organizationId", project.groupId, "--limit", String(SEARCHED)];
  const { status, stdout } = await cli.run(
    ["exchange", "asset", "list", name, "-o", "json", ...scope],
    { limit },
  );
  const json = parsed(stdout);
  if (status !== 0 || !Array.isArray(json)) return undefined;
  return json
    .filter(isObject)
    .filter(({ groupId }) => groupId === project.groupId)
    .map(({ assetId, version }) => ({ assetId: textOf(assetId), version: textOf(version) }));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
