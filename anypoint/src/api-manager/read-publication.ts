/**
 * Which versions of the policy are on Exchange? A search tells of the newest version of an asset, and describing that one of all. A
 * search that fails is no answer: then the versions that may be there are asked for by their numbers.
 */
import { findAsset, searchPolicies, type ListedAsset } from "../exchange.ts";
import { publishedVersions } from "../published-versions.ts";
import { isObject, textOf } from "./client.ts";
import type { Channel, Publication } from "./model.ts";
import { newestFirst } from "./versions.ts";
import type { Workplace } from "./workplace.ts";

const SEARCHED = 100;

export async function readPublications(
  place: Workplace,
  assetIds: Readonly<Record<Channel, string>>,
  wanted?: string,
): Promise<Publication[]> {
  const { session, project } = place;
  const listed = await searchPolicies(session, project.groupId);
  const read = (found: readonly ListedAsset[] | undefined): Promise<Publication[]> =>
    Promise.all(
      (["release", "development"] as const).map(async (channel) => {
        const assetId = assetIds[channel];
        const known = (found ?? []).filter((each) => each.assetId === assetId);
        const names = known.map(({ version }) => version);
        const versions = await versionsOf(place, assetId, [
          ...names,
          ...candidates(place, assetId, wanted),
        ]);
        return { channel, assetId, versions, isSearched: found !== undefined };
      }),
    );
  const publications = await read(listed);
  if (listed !== undefined || publications.some(({ versions }) => versions.length > 0)) {
    return publications;
  }
  return read(await searchByName(place, assetIds.release));
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
  { client, cli, project, limit }: Workplace,
  name: string,
): Promise<ListedAsset[] | undefined> {
  const scope = ["--organizationId", project.groupId, "--limit", String(SEARCHED)];
  const { status, stdout } = await cli.run(
    ["exchange", "asset", "list", name, "-o", "json", ...scope],
    { limit },
  );
  if (status !== 0) return undefined;
  return client
    .list(parsed(stdout))
    .filter((each) => isObject(each) && each.groupId === project.groupId)
    .map(({ assetId, version }) => ({ assetId: textOf(assetId), version: textOf(version) }));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
