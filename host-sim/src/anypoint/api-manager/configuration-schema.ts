/** Does a policy's configuration keep to its schema? JSON Schema 2019-09, with the formats and words that MuleSoft adds. */
import { compileSchema, type Finding } from "../../../../checked-yaml/check-values.ts";
import type { SchemaFinding } from "../http/refusal.ts";

/** Why the schema itself can't be used; undefined if it can. */
export function findSchemaProblem(schema: Record<string, unknown>): string | undefined {
  try {
    compileSchema(schema);
    return;
  } catch (error) {
    return (error as Error).message;
  }
}

export function checkConfiguration(
  schema: Record<string, unknown>,
  configuration: unknown,
): SchemaFinding[] {
  return compileSchema(schema)(configuration).map(finding);
}

function finding({ error: { instancePath, keyword, message, params } }: Finding): SchemaFinding {
  const added = params as { additionalProperty?: string; allowedValues?: unknown[] };
  const extra = added.additionalProperty ?? added.allowedValues?.join(", ");
  return {
    dataPath: instancePath.replaceAll("/", "."),
    keyword,
    message: `${message ?? "is not valid"}${extra === undefined ? "" : `: ${extra}`}`,
  };
}
