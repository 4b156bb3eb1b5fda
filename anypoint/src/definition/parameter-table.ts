/** What do people read about the parameters? The tables in README.md and docs/configuration.md, each between two markers. */
import { shortValues } from "./allowed-values.ts";
import type { Definition, Property } from "./gcl.ts";
import { usageProblem } from "../problem.ts";

interface Table {
  readonly begin: string;
  readonly end: string;
  readonly rows: (definition: Definition) => string[][];
}

const tables = {
  "docs/configuration.md": {
    begin: "<!-- made from definition/gcl.yaml by `npm run configuration-table` -->",
    end: "<!-- end of what is made -->",
    rows: ({ properties, required }) => [
      ["parameter", "values", "default", "required", "meaning"],
      ...[...properties].map(([name, property]) => [
        `\`${name}\``,
        shortValues(property),
        shown(property.default, "(none)"),
        required.includes(name) ? "yes" : "",
        `**${property.title}.** ${property.description}`,
      ]),
    ],
  },
  "README.md": {
    begin: "<!-- parameters -->",
    end: "<!-- end of parameters, made from definition/gcl.yaml by `npm run configuration-table` -->",
    rows: ({ properties }) => [
      ["name", "values", "default", "meaning"],
      ...[...properties].map(([name, property]) => [
        `\`${name}\``,
        shortValues(property),
        shown(property.default, "(required)"),
        property.description,
      ]),
    ],
  },
} as const satisfies Record<string, Table>;

export type Page = keyof typeof tables;
export const PAGES = Object.keys(tables) as Page[];

/** `text` of the page with a current table; everything outside of the markers stays. */
export function withParameterTable(page: Page, text: string, definition: Definition): string {
  const { begin, end, rows } = tables[page];
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from)
    throw usageProblem(`${page}: the markers ${begin} and ${end} are missing`);
  return `${text.slice(0, from)}${begin}\n\n${aligned(rows(definition))}\n\n${text.slice(to)}`;
}

/** As Prettier writes tables, which checks the page. */
function aligned([head = [], ...rows]: string[][]): string {
  const cells = [head, head.map(() => "-"), ...rows].map((row) =>
    row.map((cell) => cell.replaceAll("|", "\\|")),
  );
  const widths = head.map((_, column) => Math.max(3, ...cells.map((row) => row[column]!.length)));
  const line = (row: string[]): string =>
    `| ${row.map((cell, i) => (cell === "-" ? "-".repeat(widths[i]!) : cell.padEnd(widths[i]!))).join(" | ")} |`;
  return cells.map(line).join("\n");
}

function shown(value: Property["default"], none: string): string {
  if (value === undefined) return none;
  const isEmpty = value === "" || (Array.isArray(value) && value.length === 0);
  return isEmpty ? "(empty)" : `\`${JSON.stringify(value).replace(/^"|"$/g, "")}\``;
}
