/**
 * Which versions of the policy are on Exchange? A search tells of the newest version of an asset alone; describing that one
 * tells of all.
 */
import { Problem } from "../problem.ts";
import { isObject, textOf, type JsonObject } from "./client.ts";
import type { Channel, Publication } from "./model.ts";
import { newestFirst } from "./versions.ts";
import type { Workplace } from "./workplace.ts";

const SEARCHED = 100;
const WHAT = "Looking for the policy on Exchange";

export async function readPublications(
  place: Workplace,
  assetIds: Readonly<Record<Channel, string>>,
): Promise<Publication[]> {
  const ours = Object.values(assetIds);
  const isOurs = ({ groupId, assetId }: JsonObject): boolean =>
    groupId === place.project.groupId && ours.includes(textOf(assetId));
  const listed = (await searchByType(place)).filter(isOurs);
  const found =
    listed.length > 0 ? listed : (await searchByName(place, assetIds.release)).filter(isOurs);
  return Promise.all(
    (["release", "development"] as const).map(async (channel) => {
      const assetId = assetIds[channel];
      const asset = found.find((each) => each.assetId === assetId);
      const versions = asset ? await versionsOf(place, assetId, textOf(asset.version)) : [];
      return { channel, assetId, versions };
    }),
  );
}

async function searchByType({ client, project }: Workplace): Promise<readonly JsonObject[]> {
  const query = `organizationId=${project.groupId}&types=policy&limit=${SEARCHED}`;
  try {
    return client.list(await client.find(`/exchange/api/v2/assets?${query}`, WHAT));
  } catch (error) {
    // The other search may do where this one does not.
    if (error instanceof Problem && error.kind === "refused") return [];
    throw error;
  }
}

/** As the official CLI asks, which is slower and goes by words. */
async function searchByName(
  { client, cli, project, limit }: Workplace,
  name: string,
): Promise<readonly JsonObject[]> {
  const scope = ["--organizationId", project.groupId, "--limit", String(SEARCHED)];
  const { json } = await cli.run(["exchange", "asset", "list", name, "-o", "json", ...scope], {
    limit,
  });
  return client.list(json);
}

async function versionsOf(
  { client, project }: Workplace,
  assetId: string,
  known: string,
): Promise<string[]> {
  const path = `/exchange/api/v1/assets/${project.groupId}/${assetId}/${known}`;
  const described = await client.find(path, WHAT);
  return newestFirst([known, ...(isObject(described) ? versionsIn(described) : [])]);
}

function versionsIn({ version, versions, otherVersions }: JsonObject): string[] {
  const listed = [versions, otherVersions].flatMap((list): unknown[] =>
    Array.isArray(list) ? list : [],
  );
  const names = listed.map((each) => (isObject(each) ? textOf(each.version) : textOf(each)));
  return [textOf(version), ...names].filter(Boolean);
}
