/** Where are the files of a page, from the sources as well as from the bundle? */
import { existsSync, readFileSync } from "node:fs";
import { extname } from "node:path";

export interface PageAsset {
  readonly contentType: string;
  readonly body: string;
}

const contentTypes: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
};

/** Reads each file once, from the first of `folders` that has it; undefined if none has. */
export function readPage(folders: readonly URL[]): (name: string) => PageAsset | undefined {
  const assets = new Map<string, PageAsset>();
  return (name) => {
    const known = assets.get(name);
    if (known) return known;
    const url = folders.map((folder) => new URL(name, folder)).find((at) => existsSync(at));
    const contentType = contentTypes[extname(name)];
    if (url === undefined || contentType === undefined) return undefined;
    const asset = { contentType, body: readFileSync(url, "utf8") };
    assets.set(name, asset);
    return asset;
  };
}
