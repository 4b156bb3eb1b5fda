/**
 * Which schema.json does Exchange get, from which API Manager makes its form? JSON Schema 2019-09 with the words of MuleSoft's
 * policy vocabulary. The form has the fields in the order of `properties`.
 */
import type { Definition, Property } from "./gcl.ts";

export interface ExchangeSchema {
  readonly $id: string;
  readonly $schema: string;
  readonly properties: Readonly<Record<string, object>>;
  readonly required: readonly string[];
  readonly [word: string]: unknown;
}

const VOCABULARY = "anypoint://vocabulary/policy.yaml#";

export function exchangeSchema(definition: Definition, assetId: string): ExchangeSchema {
  const properties = [...definition.properties].map(([name, property]) => [name, field(property)]);
  return {
    $schema: "https://json-schema.org/draft/2019-09/schema",
    $id: assetId,
    title: definition.title,
    description: definition.description,
    type: "object",
    "@context": { "@vocab": VOCABULARY, security: VOCABULARY },
    properties: Object.fromEntries(properties) as Record<string, object>,
    required: definition.required,
    unevaluatedProperties: false,
  };
}

function field({ title, description, type, ...rest }: Property): object {
  return { title, description, type, ...rest, "@characteristics": [] };
}
