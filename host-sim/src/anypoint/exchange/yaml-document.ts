/** What does a metadata.yaml say, and is its first line the marker that the platform goes by? */
import { parse } from "yaml";
import { isObject, type JsonObject } from "../http/context.ts";

/** Problems are added to `errors`; then undefined comes back. */
export function readMarkedYaml(
  content: Uint8Array,
  marker: string,
  errors: string[],
): JsonObject | undefined {
  const text = Buffer.from(content).toString("utf8");
  const firstLine = text.split(/\r?\n/, 1)[0]!.trimEnd();
  if (firstLine !== marker) {
    errors.push(
      `metadata.yaml: the first line must be "${marker}", it is "${firstLine.slice(0, 80)}"`,
    );
    return;
  }
  try {
    const document = parse(text) as unknown;
    if (isObject(document)) return document;
    errors.push("metadata.yaml: must be a mapping");
  } catch (error) {
    errors.push(`metadata.yaml: not YAML: ${(error as Error).message.split("\n")[0]!}`);
  }
  return;
}

/** Which of `names` are no text? */
export function requireTexts(
  document: JsonObject,
  names: readonly string[],
  errors: string[],
): void {
  for (const name of names) {
    const value = document[name];
    if (typeof value !== "string" || value.trim() === "") {
      errors.push(`metadata.yaml: ${name} is required and must be a text`);
    }
  }
}
