/** Are the log lines in README.md those that the policy writes? */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { read, ROOT, tableOf } from "./markdown.ts";

const sources = readdirSync(join(ROOT, "assembly"), { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts"))
  .map((file) => read(`assembly/${file}`))
  .join("\n");

/** Names of outcomes stand behind this one. */
const NO_VERDICT = "no verdict from the node: ";

const lines = tableOf("README.md", "symptoms")
  .map(([, line = ""]) => /`(.*)`/.exec(line)?.[1])
  .filter((line) => line !== undefined);

test("README.md tells of more than ten log lines", () => {
  expect(lines.length).toBeGreaterThan(10);
});

/** A decision is put together of what was done and by which parameter; a refusal of the word and its reason. */
function partsOf(line: string): string[] {
  const [, action, parameter] = /^(.* by )(\w+_action: )$/.exec(line) ?? [];
  if (action !== undefined) return [`"${action}"`, `"${parameter}"`];
  return line.startsWith("refused: ") ? ['"refused: "', line.slice(9)] : [line];
}

test.each(lines)("the policy can write: %s", (line) => {
  const parts = line.startsWith(NO_VERDICT)
    ? [`"${NO_VERDICT}"`, `return "${line.slice(NO_VERDICT.length)}";`]
    : partsOf(line);
  for (const part of parts) {
    const found = sources.includes(part) || sources.includes(part.replace(/^"/, ""));
    expect(found, `${part} is not in assembly/`).toBe(true);
  }
});

const outcomes = [...read("assembly/node/outcome.ts").matchAll(/return "(.+)";/g)]
  .map(([, name]) => name!)
  .filter((name) => name !== "pass" && name !== "block");

test.each(outcomes)("README.md says what to do about: %s", (outcome) => {
  expect(lines).toContain(`${NO_VERDICT}${outcome}`);
});
