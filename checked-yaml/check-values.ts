/**
 * Do values keep to a JSON Schema? The one place where Ajv is set up: for a policy's configuration in the publishing tool, on the
 * simulator's Flex Gateway and at the stand-in for API Manager. What a policy allows stands in its definition alone.
 */
import { Ajv2019, type ErrorObject, type ValidateFunction } from "ajv/dist/2019.js";
import type { Path } from "./read-yaml.ts";

export type Schema = Readonly<Record<string, unknown>>;

export interface Finding {
  /** Of the value that is wrong, missing or too much. */
  readonly path: Path;
  /** Of JSON Schema: `type`, `pattern`, `required` … */
  readonly keyword: string;
  /** What the schema says at that place. */
  readonly schema: Schema;
  readonly error: ErrorObject;
}

/** MuleSoft's format for the URL of something that the gateway calls; policies may narrow it by a pattern. */
const SERVICE = /^(https?|h2):\/\/[^/?#\s]+/i;

/** Throws where the schema is none. Words of MuleSoft's vocabularies, like `@characteristics`, say nothing about validity. */
export function compileSchema(schema: Schema): (values: unknown) => Finding[] {
  const ajv = new Ajv2019({ strict: false, allErrors: true, verbose: true, logger: false });
  ajv.addFormat("service", SERVICE);
  ajv.addFormat("uri", (text: string) => URL.canParse(text));
  const validate: ValidateFunction = ajv.compile(schema);
  return (values) => {
    if (validate(values)) return [];
    return onePerPlace((validate.errors ?? []).map((error) => findingOf(error, values)));
  };
}

/** A URL that is none breaks both the format and the pattern. */
function onePerPlace(findings: Finding[]): Finding[] {
  const first = new Map(findings.map((each) => [each.path.join("/"), each] as const).reverse());
  return findings.filter((each) => first.get(each.path.join("/")) === each);
}

function findingOf(error: ErrorObject, values: unknown): Finding {
  const { missingProperty, unevaluatedProperty, additionalProperty } = error.params as Record<
    string,
    string | undefined
  >;
  const last = missingProperty ?? unevaluatedProperty ?? additionalProperty;
  const path = pathOf(error.instancePath, values);
  return {
    path: last === undefined ? path : [...path, last],
    keyword: error.keyword,
    schema: error.parentSchema ?? {},
    error,
  };
}

/** A JSON pointer (RFC 6901); a part is a number where the value is a list. */
function pathOf(pointer: string, values: unknown): Path {
  const path: (string | number)[] = [];
  let value = values;
  for (const part of pointer.split("/").slice(1)) {
    const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
    path.push(Array.isArray(value) ? Number(key) : key);
    value = (value as Record<string, unknown> | undefined)?.[key];
  }
  return path;
}

/** In the words of a schema, to be put behind "must be". */
export function expectation({ keyword, schema, error }: Finding): string {
  switch (keyword) {
    case "enum":
      return `one of ${(schema.enum as unknown[]).map(String).join(", ")}`;
    case "type":
      return `of type ${[schema.type].flat().map(String).join(" or ")}`;
    case "minimum":
      return `${String(schema.minimum)} or more`;
    case "maximum":
      return `${String(schema.maximum)} or less`;
    case "format":
    case "pattern":
      return schema.format === "service"
        ? "the URL of a service, http, https or h2, as the policy's definition has it"
        : `a text that matches ${String(schema.pattern ?? schema.format)}`;
    default:
      return (error.message ?? "right").replace(/^must (be )?/, "");
  }
}
