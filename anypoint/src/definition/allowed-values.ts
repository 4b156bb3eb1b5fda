/** What may a parameter be? In words, for errors and for the tables of the documentation. */
import type { Property } from "./gcl.ts";

export type Values = Pick<
  Property,
  "type" | "format" | "pattern" | "enum" | "default" | "minimum" | "maximum" | "items"
>;

export function allowedValues(values: Values): string {
  const { type, format, pattern, enum: choices, minimum, maximum, items } = values;
  if (choices) return choices.join(", ");
  if (format === "service")
    return "a URL like https://node.example.com:5050/prefix or h2://10.0.0.1:5080, without user or query";
  if (type === "boolean") return "true, false";
  if (type === "integer") return `an integer from ${minimum ?? "any"} to ${maximum ?? "any"}`;
  if (type === "array") return `a list of ${items?.format === "service" ? "URLs" : "texts"}`;
  if (pattern === undefined) return "a text";
  return `a text like ${String(values.default)}, without blanks`;
}

/** The same, as short as a cell of a table. */
export function shortValues({ type, format, pattern, enum: choices, ...rest }: Values): string {
  const { minimum, maximum, items } = rest;
  if (choices) return choices.map((choice) => `\`${choice}\``).join(", ");
  if (type === "array")
    return `list of ${items?.format === "service" ? "URLs" : `${items?.type}s`}`;
  if (format === "service") return "URL: http, https or h2";
  if (type === "boolean") return "`true`, `false`";
  if (minimum !== undefined && maximum !== undefined) return `${type}, ${minimum} to ${maximum}`;
  if (type !== "string") return type;
  return pattern === undefined ? "text" : "name of a header";
}
