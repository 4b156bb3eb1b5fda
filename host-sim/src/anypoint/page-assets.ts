/** Where are the files of the page, from the sources as well as from the bundle? */
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

/** Beside this file; beside the bundle; and, from a bundle in the repository, in the sources. */
const folders = ["./page/", "./anypoint-page/", "../src/anypoint/page/"];

export function pageAsset(name: AssetName): PageAsset {
  // In the bundle ./page/ is another page: only a folder that holds ours will do.
  const url = folders
    .filter((folder) => folder !== "./page/" || import.meta.url.endsWith(".ts"))
    .map((folder) => new URL(folder + name, import.meta.url))
    .find((at) => existsSync(at));
  if (url === undefined) throw new Error(`the page's ${name} is missing beside ${import.meta.url}`);
  return { contentType: contentTypes[name], body: readFileSync(url, "utf8") };
}
