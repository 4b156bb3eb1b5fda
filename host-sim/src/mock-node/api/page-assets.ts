/** Where are the files of the Attacks page, from the sources as well as from the bundle? */
import { existsSync, readFileSync } from "node:fs";

export interface PageAsset {
  readonly contentType: string;
  readonly body: string;
}

const contentTypes = {
  "index.html": "text/html; charset=utf-8",
  "page.css": "text/css; charset=utf-8",
  "page.js": "text/javascript; charset=utf-8",
} as const;
export type AssetName = keyof typeof contentTypes;

/** Beside this file's folder; beside the bundle; and, from a bundle in the repository, in the sources. */
const folders = ["../page/", "./page/", "../src/mock-node/page/"];

const assets = new Map<AssetName, PageAsset>();

export function pageAsset(name: AssetName): PageAsset {
  const known = assets.get(name);
  if (known) return known;
  const url = folders
    .map((folder) => new URL(folder + name, import.meta.url))
    .find((at) => existsSync(at));
  if (url === undefined) throw new Error(`the page's ${name} is missing beside ${import.meta.url}`);
  const asset = { contentType: contentTypes[name], body: readFileSync(url, "utf8") };
  assets.set(name, asset);
  return asset;
}
