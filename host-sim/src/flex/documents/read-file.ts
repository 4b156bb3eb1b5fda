/** Which documents does one YAML file have? Each with its lines, so that a problem can be told where it is. */
import { readYaml, type YamlDocument } from "../../../../checked-yaml/read-yaml.ts";
import { Field, isMap } from "./field.ts";
import type { Problems } from "./problems.ts";

export function readFields(file: string, text: string, problems: Problems): Field[] {
  return readYaml(file, text).flatMap((document) => readDocument(document, problems) ?? []);
}

function readDocument(document: YamlDocument, problems: Problems): Field | undefined {
  const { problem } = document;
  if (problem !== undefined) {
    problems.error(problem.place, `not YAML: ${problem.message}`);
    return undefined;
  }
  const { value } = document;
  if (value === null || value === undefined) return undefined; // nothing between two "---"
  const field = new Field({ problems, placeOf: (path) => document.placeOf(path) }, [], value);
  if (isMap(value)) return field;
  problems.error(field.place, "is no resource; a document must be a map with apiVersion and kind");
  return undefined;
}
