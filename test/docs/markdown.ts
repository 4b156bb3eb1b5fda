/** What does a page of the documentation hold that can be checked: commands, links, paths, tables? */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

export const ROOT = resolve(import.meta.dirname, "../..");

/** Pages whose promises are kept by the tests in this folder. */
export const PAGES = [
  "README.md",
  "CONTRIBUTING.md",
  "CHANGELOG.md",
  ...[
    "docs",
    "as-proxy-wasm",
    "host-sim",
    "examples/add-header",
    "examples/http-call",
    "playground",
  ].flatMap(pagesIn),
];

function pagesIn(folder: string): string[] {
  const names = readdirSync(join(ROOT, folder)).filter((name) => name.endsWith(".md"));
  return names.sort().map((name) => `${folder}/${name}`);
}

export const read = (page: string): string => readFileSync(join(ROOT, page), "utf8");

export interface Block {
  readonly page: string;
  readonly language: string;
  readonly text: string;
}

export function blocksOf(page: string): Block[] {
  return [...read(page).matchAll(/^```(\w*)\n(.*?)^```/gms)].map(([, language, text]) => ({
    page,
    language: language!,
    text: text!,
  }));
}

const withoutBlocks = (page: string): string => read(page).replace(/^```.*?^```/gms, "");

/** Links to other places of the repository: a path from the root, and perhaps a heading's anchor. */
export function linksOf(page: string): { path: string; anchor: string | undefined }[] {
  const targets = [...withoutBlocks(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, to]) => to!);
  return targets
    .filter((to) => !/^[a-z]+:/.test(to))
    .map((to) => {
      const [path = "", anchor] = to.split("#");
      const from = path === "" ? page : relative(ROOT, join(ROOT, dirname(page), path));
      return { path: from, anchor };
    });
}

/** Anchors as GitHub makes them of headings. */
export const anchorsOf = (page: string): string[] =>
  [...withoutBlocks(page).matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\w\- ]/g, "")
      .replaceAll(" ", "-"),
  );

const TOP =
  "anypoint|assembly|checked-yaml|as-proxy-wasm|bench|host-sim|test|docs|demo|playground|scripts|examples|definition|\\.ci";

/** Files and folders that a page names in backticks, by their path from the root. */
export function pathsOf(page: string): string[] {
  const named = new RegExp(`\`((?:${TOP})/[\\w./-]*)\``, "g");
  return [...withoutBlocks(page).matchAll(named)].map(([, path]) => path!);
}

/** Rows of the table behind `<!-- name -->`, without its head; cells as written. */
export function tableOf(page: string, name: string): string[][] {
  const [, behind = ""] = read(page).split(`<!-- ${name} -->\n`);
  const rows = behind.trimStart().split("\n");
  const end = rows.findIndex((row) => !row.startsWith("|"));
  return rows.slice(2, end).map((row) =>
    row
      .slice(1, -1)
      .split("|")
      .map((cell) => cell.trim()),
  );
}
