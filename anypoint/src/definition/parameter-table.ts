/** What do people read about the parameters? The table in docs/configuration.md, between two markers. */
import type { Definition, Property } from "./gcl.ts";
import { usageProblem } from "../problem.ts";

const BEGIN = "<!-- made from definition/gcl.yaml by `npm run configuration-table` -->";
const END = "<!-- end of what is made -->";

/** `page` with a current table; everything outside of the markers stays. */
export function withParameterTable(page: string, definition: Definition): string {
  const from = page.indexOf(BEGIN);
  const to = page.indexOf(END);
  if (from < 0 || to < from)
    throw usageProblem(`docs/configuration.md: the markers ${BEGIN} and ${END} are missing`);
  return `${page.slice(0, from)}${BEGIN}\n\n${table(definition)}\n\n${page.slice(to)}`;
}

function table({ properties, required }: Definition): string {
  const header = ["parameter", "values", "default", "required", "meaning"];
  const rows = [...properties].map(([name, property]) => [
    `\`${name}\``,
    values(property),
    shown(property.default),
    required.includes(name) ? "yes" : "",
    `**${property.title}.** ${property.description}`,
  ]);
  return aligned([header, header.map(() => "-"), ...rows]);
}

/** As Prettier writes tables, which checks the page. */
function aligned(rows: string[][]): string {
  const cells = rows.map((row) => row.map((cell) => cell.replaceAll("|", "\\|")));
  const widths = cells[0]!.map((_, column) =>
    Math.max(3, ...cells.map((row) => row[column]!.length)),
  );
  const line = (row: string[]): string =>
    `| ${row.map((cell, i) => (cell === "-" ? "-".repeat(widths[i]!) : cell.padEnd(widths[i]!))).join(" | ")} |`;
  return cells.map(line).join("\n");
}

function values({ type, format, enum: choices, minimum, maximum, items }: Property): string {
  if (choices) return choices.map((choice) => `\`${choice}\``).join(", ");
  if (type === "array")
    return `list of ${items?.format === "service" ? "URLs" : `${items?.type}s`}`;
  if (format === "service") return "URL, http or https";
  if (type === "boolean") return "`true`, `false`";
  if (minimum !== undefined && maximum !== undefined) return `${type}, ${minimum} to ${maximum}`;
  return type === "string" ? "text" : type;
}

function shown(value: unknown): string {
  if (value === undefined) return "(none)";
  return value === "" ? "(empty)" : `\`${JSON.stringify(value).replace(/^"|"$/g, "")}\``;
}
