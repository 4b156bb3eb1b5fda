/** How does a person read who uses the policy? Tables in plain text, and beneath them what is to be done. */
import type { Publication } from "./model.ts";
import type { DoubleUse, Usage, Use } from "./usage.ts";

export function statusTable({ publications, uses, twice, resting }: Usage): string[] {
  return [
    "On Exchange:",
    ...table(
      ["", "asset", "versions, newest first"],
      publications.map((each) => [each.channel, each.assetId, versionsText(each)]),
    ),
    "",
    "In use:",
    ...(uses.length === 0 ? ["  by no API and no automated policy"] : useTable(uses)),
    ...twice.flatMap(doubleLines),
    ...resting.flatMap(restingLines),
    ...advice(uses),
  ];
}

function versionsText({ versions, isSearched }: Publication): string {
  if (isSearched) return versions.length === 0 ? "none" : shorten(versions);
  const unknown = "not known, as the search failed";
  return versions.length === 0 ? unknown : `${shorten(versions)}; more: ${unknown}`;
}

const SHOWN_VERSIONS = 5;

function shorten(versions: readonly string[]): string {
  const more = versions.length - SHOWN_VERSIONS;
  const shown = versions.slice(0, SHOWN_VERSIONS).join(", ");
  return more > 0 ? `${shown} and ${more} more` : shown;
}

/** What `apply` and `automate` have made. */
export type NewUse = Omit<Use, "disabled" | "newest" | "state">;

const COLUMNS = ["environment", "by", "policy", "asset", "version", "step"];

export const newUseTable = (use: NewUse): string[] => table(COLUMNS, [cellsOf(use)]);

const useTable = (uses: readonly Use[]): string[] =>
  table(
    [...COLUMNS, "state"],
    uses.map((use) => [...cellsOf(use), stateText(use)]),
  );

const cellsOf = (use: NewUse): string[] => [
  use.environment,
  use.by === "api" ? `API ${apiNames(use)}` : `automated: ${apiNames(use) || "no API covered"}`,
  use.policyId,
  use.assetId,
  use.version,
  use.rollout,
];

const apiNames = ({ apis }: NewUse): string =>
  apis.map(({ id, name }) => `${id} (${name})`).join(", ");

function stateText({ state, newest, disabled }: Use): string {
  const text = {
    current: "current",
    behind: `behind ${newest ?? ""}`,
    "unknown version": "not on Exchange",
    "newest unknown": "not known whether behind",
  }[state];
  return disabled ? `${text}, disabled` : text;
}

const doubleLines = ({ api, environment, ways }: DoubleUse): string[] => [
  "",
  `API ${api.id} (${api.name}, ${environment}) gets the policy ${ways.length === 2 ? "twice" : `${ways.length} times`}: ${ways.join(" and ")}.`,
  `  \`make remove API=${api.id}\` takes its own away.`,
];

const restingLines = ({ api, environment, ways }: DoubleUse): string[] => [
  "",
  `API ${api.id} (${api.name}, ${environment}) gets the policy once: it has ${ways.join(" and ")}.`,
  `  What is disabled inspects nothing; \`make remove API=${api.id}\` takes its own away.`,
];

function advice(uses: readonly Use[]): string[] {
  const behind = uses.filter(({ state }) => state === "behind").length;
  if (behind === 0) return [];
  return ["", `${behind} behind: \`make upgrade\` brings them up to date.`];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const all = [head, ...rows];
  const widths = head.map((_, at) => Math.max(...all.map((row) => row[at]?.length ?? 0)));
  return all.map((row) =>
    `  ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join("  ")}`.trimEnd(),
  );
}
