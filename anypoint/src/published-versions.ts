/**
 * Which versions did this project publish itself? Remembered in build/, so that a version can be asked for by its number where Exchange
 * offers no search, or finds only later what is new. Holds names only.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { AssetVersion } from "./exchange.ts";

export interface PublishedVersion extends AssetVersion {
  readonly host: string;
}

const FILE = "build/published-versions.json";
const MOST = 50;

/** Newest first. */
export function publishedVersions(root: string): readonly PublishedVersion[] {
  const file = join(root, FILE);
  if (!existsSync(file)) return [];
  try {
    return JSON.parse(readFileSync(file, "utf8")) as PublishedVersion[];
  } catch {
    return []; // somebody else's
  }
}

export function rememberPublished(root: string, published: PublishedVersion): void {
  const { host, groupId, assetId, version } = published;
  const all = [{ host, groupId, assetId, version }, ...publishedVersions(root)].slice(0, MOST);
  mkdirSync(dirname(join(root, FILE)), { recursive: true });
  writeFileSync(join(root, FILE), `${JSON.stringify(all, null, 2)}\n`);
}
