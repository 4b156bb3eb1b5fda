/** What does Exchange find? The GraphQL questions of the official CLI, answered by a schema of their fields. */
import { buildSchema, graphql } from "graphql";
import type { Asset } from "../state/model.ts";
import type { Catalog } from "./catalog.ts";
import { fileView, type FileLink } from "./asset-view.ts";

/** No public source describes the platform's whole schema: this is what its CLI asks for. */
const schema = buildSchema(`
  type File { classifier: String packaging: String externalLink: String md5: String size: Int mainFile: String isGenerated: Boolean }
  type Dependency { groupId: String assetId: String version: String }
  type Asset {
    groupId: String assetId: String version: String name: String description: String type: String status: String
    createdDate: String updatedDate: String createdAt: String updatedAt: String organizationId: String
    files: [File] dependencies: [Dependency]
  }
  type Query {
    assets(limit: Int, offset: Int, searchTerm: String, organizationIds: [String], types: [String],
      latestVersionsOnly: Boolean): [Asset]
    asset(groupId: String!, assetId: String!, version: String!): Asset
  }
`);

export interface AssetQuery {
  readonly limit?: number;
  readonly offset?: number;
  readonly searchTerm?: string;
  readonly organizationIds?: (string | null)[];
  readonly types?: (string | null)[];
  readonly latestVersionsOnly?: boolean;
}

export interface Question {
  readonly query: string;
  readonly variables?: Record<string, unknown>;
}

export async function answer(
  question: Question,
  catalog: Catalog,
  groups: readonly string[],
  link: FileLink,
): Promise<unknown> {
  const view = (asset: Asset): Record<string, unknown> => ({
    ...asset,
    createdDate: asset.createdAt,
    updatedDate: asset.modifiedAt,
    updatedAt: asset.modifiedAt,
    files: asset.files.map((file) => fileView(asset, file, link)),
  });
  const rootValue = {
    assets: (query: AssetQuery) => search(catalog, groups, query).map(view),
    asset: (gav: { groupId: string; assetId: string; version: string }) => {
      const found = groups.includes(gav.groupId) ? catalog.find(gav) : undefined;
      return found ? view(found) : null;
    },
  };
  return graphql({
    schema,
    source: question.query,
    rootValue,
    variableValues: question.variables,
  });
}

/** Newest versions first, by name. Only what the caller's groups own. */
export function search(catalog: Catalog, groups: readonly string[], query: AssetQuery): Asset[] {
  const { limit = 20, offset = 0, searchTerm = "", latestVersionsOnly = true } = query;
  const wanted = query.organizationIds?.filter((id) => id !== null && id !== "") ?? [];
  const term = searchTerm.trim().toLowerCase();
  const found = catalog
    .all()
    .filter(({ groupId }) => groups.includes(groupId))
    .filter(({ groupId }) => wanted.length === 0 || wanted.includes(groupId))
    .filter(({ type }) => !query.types?.length || query.types.includes(type))
    .filter((asset) => term === "" || words(asset).includes(term))
    .filter((asset) => !latestVersionsOnly || isLatest(asset, catalog));
  found.sort((one, other) =>
    one.assetId < other.assetId ? -1 : one.assetId > other.assetId ? 1 : 0,
  );
  return found.slice(offset, offset + limit);
}

const words = ({ name, assetId, description, tags }: Asset): string =>
  [name, assetId, description, ...tags].join("\n").toLowerCase();

const isLatest = (asset: Asset, catalog: Catalog): boolean =>
  catalog.versions(asset.groupId, asset.assetId)[0] === asset;
