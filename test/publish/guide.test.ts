/** Does docs/publish.md promise what the tool says and does? */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { exitStatus } from "../../anypoint/src/problem.ts";
import { ROOT } from "./support/workshop.ts";

const page = readFileSync(join(ROOT, "docs/publish.md"), "utf8");
const rowsAfter = (heading: string): string[][] => {
  const lines = page.slice(page.indexOf(heading)).split("\n");
  const from = lines.findIndex((line) => line.startsWith("| --"));
  const rows = lines.slice(from + 1);
  const end = rows.findIndex((line) => !line.startsWith("|"));
  return rows.slice(0, end).map((row) =>
    row
      .split("|")
      .map((cell) => cell.trim())
      .slice(1, -1),
  );
};

const sources = readdirSync(join(ROOT, "anypoint/src"), { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts"))
  .map((name) => readFileSync(join(ROOT, "anypoint/src", name), "utf8"))
  .join("\n")
  // Sentences that are too long for one line of source.
  .replace(/["`] \+\s+["`]/g, "");

describe("the symptoms", () => {
  const symptoms = rowsAfter("## When something goes wrong").flatMap(
    ([cell]) => /^`(.*)`$/.exec(cell!)?.[1] ?? [],
  );

  it("are many", () => expect(symptoms.length).toBeGreaterThan(10));

  it.each(symptoms)("%s is something that the tool says", (symptom) => {
    for (const part of symptom.split("…").map((each) => each.trim().replace(/^"|"$/g, ""))) {
      const words = part.replace(/ \(?\d+\)?:?$/, "").replace(/^" | "$/g, "");
      expect(sources).toContain(words);
    }
  });
});

it("lists each exit status", () => {
  const documented = rowsAfter("Exit status of the publishing tool").map(([status]) =>
    Number(status),
  );
  expect(documented).toEqual([0, ...Object.values(exitStatus)]);
});

it("names only targets that both Makefiles have", () => {
  const targets = new Set(
    [
      ...page.matchAll(
        /\bmake (setup|build|publish|release|apply|automate|status|upgrade|remove)\b/g,
      ),
    ].map(([, name]) => name!),
  );
  expect(targets.size).toBe(9);
  for (const file of ["Makefile", "anypoint/bundle/Makefile"]) {
    const text = readFileSync(join(ROOT, file), "utf8");
    for (const target of targets)
      expect(text, `${file}: ${target}`).toMatch(new RegExp(`^${target}:`, "m"));
  }
});
