/** Which documents does one YAML file have? Each with its lines, so that a problem can be told where it is. */
import { LineCounter, parseAllDocuments, isNode, type Document } from "yaml";
import { Field, isMap, type FieldSource, type Path } from "./field.ts";
import type { Place, Problems } from "./problems.ts";

export function readYaml(file: string, text: string, problems: Problems): Field[] {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false });
  if (!Array.isArray(documents)) return [];
  const fields: Field[] = [];
  for (const document of documents as Document[]) {
    const field = readDocument(file, document, lines, problems);
    if (field !== undefined) fields.push(field);
  }
  return fields;
}

function readDocument(
  file: string,
  document: Document,
  lines: LineCounter,
  problems: Problems,
): Field | undefined {
  const source: FieldSource = { problems, placeOf: (path) => placeOf(file, document, lines, path) };
  const [error] = document.errors;
  if (error !== undefined) {
    const { line } = lines.linePos(error.pos[0]);
    problems.error({ file, line }, `not YAML: ${error.message}`);
    return undefined;
  }
  let value: unknown;
  try {
    value = document.toJS();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    problems.error(source.placeOf([]), `not YAML: ${reason}`);
    return undefined;
  }
  if (value === null || value === undefined) return undefined; // nothing between two "---"
  const field = new Field(source, [], value);
  if (isMap(value)) return field;
  problems.error(field.place, "is no resource; a document must be a map with apiVersion and kind");
  return undefined;
}

/** The line of the value itself, or of the nearest thing around it that is there. */
function placeOf(file: string, document: Document, lines: LineCounter, path: Path): Place {
  for (let length = path.length; length >= 0; length--) {
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return { file, line: lines.linePos(node.range[0]).line };
  }
  return { file, line: 0 };
}
