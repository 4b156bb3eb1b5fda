/** Where are the files of a page, from the sources as well as from the bundle? */
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

/** Reads each file once, from the first of `folders` that has it. */
export function readPage(folders: readonly URL[]): (name: AssetName) => PageAsset {
  const assets = new Map<AssetName, PageAsset>();
  return (name) => {
    const known = assets.get(name);
    if (known) return known;
    const url = folders.map((folder) => new URL(name, folder)).find((at) => existsSync(at));
    if (url === undefined)
      throw new Error(`the page's ${name} is in none of ${folders.join(", ")}`);
    const asset = { contentType: contentTypes[name], body: readFileSync(url, "utf8") };
    assets.set(name, asset);
    return asset;
  };
}
