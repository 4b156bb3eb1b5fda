/** How does Exchange show an asset? The fields that the official CLI reads, and those that public clients of it read. */
import type { Asset, StoredFile } from "../state/model.ts";
import type { Catalog } from "./catalog.ts";

export type FileLink = (asset: Asset, file: StoredFile) => string;

const isMain = ({ classifier }: StoredFile): boolean =>
  ["oas", "raml", "wsdl", "custom"].includes(classifier);

export function fileView(asset: Asset, file: StoredFile, link: FileLink): Record<string, unknown> {
  return {
    classifier: file.classifier,
    packaging: file.packaging,
    externalLink: link(asset, file),
    downloadURL: link(asset, file),
    md5: file.md5,
    sha256: file.sha256,
    size: file.size,
    createdDate: asset.createdAt,
    mainFile: isMain(file) ? (asset.properties.mainFile ?? file.fileName) : null,
    isGenerated: false,
  };
}

export function assetView(asset: Asset, catalog: Catalog, link: FileLink): Record<string, unknown> {
  const versions = catalog.versions(asset.groupId, asset.assetId);
  const productAPIVersion = asset.properties.apiVersion;
  return {
    groupId: asset.groupId,
    assetId: asset.assetId,
    version: asset.version,
    minorVersion: asset.version.split(".").slice(0, 2).join("."),
    organizationId: asset.organizationId,
    name: asset.name,
    description: asset.description,
    type: asset.type,
    status: asset.status,
    isPublic: false,
    isSnapshot: false,
    versionGroup: productAPIVersion ?? null,
    ...(productAPIVersion !== undefined && { productAPIVersion }),
    createdAt: asset.createdAt,
    modifiedAt: asset.modifiedAt,
    createdBy: { userName: asset.createdBy },
    labels: asset.tags,
    tags: asset.tags.map((value) => ({ key: value, value, mutable: true })),
    categories: pairs(asset.categories),
    customFields: pairs(asset.fields),
    keywords: asset.keywords,
    dependencies: asset.dependencies,
    files: asset.files.map((file) => fileView(asset, file, link)),
    versions: versions.map(({ version, status }) => ({ version, status })),
    otherVersions: versions
      .filter(({ version }) => version !== asset.version)
      .map(({ version, status }) => ({ version, status })),
  };
}

const pairs = (values: Record<string, string>): unknown[] =>
  Object.entries(values).map(([key, value]) => ({ key, value: [value] }));
