/** Does a policy's configuration keep to its schema? JSON Schema 2019-09, with the formats and words that MuleSoft adds. */
import { Ajv2019, type ErrorObject, type ValidateFunction } from "ajv/dist/2019.js";
import type { SchemaFinding } from "../http/refusal.ts";

const serviceSchemes = ["http:", "https:", "h2:"];

/** A service is reached by a URL with a host. */
function isServiceUrl(text: string): boolean {
  try {
    const { protocol, host } = new URL(text.replace(/^h2:/, "http:"));
    return serviceSchemes.includes(protocol) && host !== "";
  } catch {
    return false;
  }
}

/** `@context`, `@characteristics` and other words of vocabularies say nothing about validity. */
function compile(schema: Record<string, unknown>): ValidateFunction {
  const ajv = new Ajv2019({ strict: false, allErrors: true, logger: false });
  ajv.addFormat("service", isServiceUrl);
  ajv.addFormat("uri", (text: string) => URL.canParse(text));
  return ajv.compile(schema);
}

/** Why the schema itself can't be used; undefined if it can. */
export function findSchemaProblem(schema: Record<string, unknown>): string | undefined {
  try {
    compile(schema);
    return;
  } catch (error) {
    return (error as Error).message;
  }
}

export function checkConfiguration(
  schema: Record<string, unknown>,
  configuration: unknown,
): SchemaFinding[] {
  const validate = compile(schema);
  if (validate(configuration)) return [];
  return (validate.errors ?? []).map(finding);
}

function finding({ instancePath, keyword, message, params }: ErrorObject): SchemaFinding {
  const added = params as { additionalProperty?: string; allowedValues?: unknown[] };
  const extra = added.additionalProperty ?? added.allowedValues?.join(", ");
  return {
    dataPath: instancePath.replaceAll("/", "."),
    keyword,
    message: `${message ?? "is not valid"}${extra === undefined ? "" : `: ${extra}`}`,
  };
}
