/** Is everything there that the documentation points to? */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, test } from "vitest";
import { anchorsOf, blocksOf, linksOf, PAGES, pathsOf, read, ROOT } from "./markdown.ts";

describe.each(PAGES)("%s", (page) => {
  it("links to pages and headings that exist", () => {
    const broken = linksOf(page).filter(({ path, anchor }) => {
      if (!existsSync(join(ROOT, path))) return true;
      return anchor !== undefined && !anchorsOf(path).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  it("names only files that exist", () => {
    // A module may be named as it is imported, without its ending.
    const isThere = (path: string): boolean =>
      [path, `${path}.ts`].some((each) => existsSync(join(ROOT, each)));
    expect(pathsOf(page).filter((path) => !isThere(path))).toEqual([]);
  });
});

test("every page is reached from README.md by links", () => {
  const reached = new Set(["README.md"]);
  for (const page of reached) {
    for (const { path } of linksOf(page)) if (path.endsWith(".md")) reached.add(path);
  }
  expect(PAGES.filter((page) => !reached.has(page))).toEqual([]);
});

test("the table of docs/architecture.md answers at least ten questions, each with a file", () => {
  const rows = [...read("docs/architecture.md").matchAll(/^\| … .*\? +\| (.*) \|$/gm)];
  expect(rows.length).toBeGreaterThanOrEqual(10);
  expect(rows.filter(([, files]) => !/`[\w./-]+\.\w+`/.test(files!))).toEqual([]);
});

test("the scenario in CONTRIBUTING.md imports what the tests' support really offers", () => {
  const [scenario] = blocksOf("CONTRIBUTING.md").filter(({ language }) => language === "ts");
  const imports = [...scenario!.text.matchAll(/import \{ (\w+) \} from "\.\.\/(support[^"]*)"/g)];
  expect(imports.length).toBeGreaterThan(1);
  for (const [, name, path] of imports) {
    expect(read(`test/${path}`)).toMatch(
      new RegExp(`export (async )?(function|const|class) ${name}\\b`),
    );
  }
});

test("CHANGELOG.md tells of the version in package.json", () => {
  const { version } = JSON.parse(read("package.json")) as { version: string };
  expect(read("CHANGELOG.md")).toContain(`## [${version}] - `);
});
