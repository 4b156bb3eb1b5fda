/**
 * Is a policy's configuration what its definition allows? The part of JSON Schema that definitions use: type, enum, limits of numbers, texts and lists, patterns, items, properties, required. What is missing and has a `default` is left to
 * the policy, which gets its configuration as written.
 */
import type { Field } from "../documents/field.ts";
import { isMap } from "../documents/field.ts";
import { shown } from "../documents/problems.ts";

type Schema = Readonly<Record<string, unknown>>;

export function validateConfiguration(
  config: Field,
  properties: readonly Field[],
  required: readonly string[],
): void {
  if (config.exists && !isMap(config.value)) return config.wrongType("a map");
  const known = new Map(properties.map((each) => [String(each.path.at(-1)), each.value]));
  checkProperties(config, Object.fromEntries(known), required);
}

function checkProperties(field: Field, properties: Schema, required: readonly string[]): void {
  for (const name of new Set(required)) {
    const schema = Object.hasOwn(properties, name) ? properties[name] : undefined;
    const hasDefault = isMap(schema) && schema.default !== undefined;
    if (field.child(name).exists || hasDefault) continue;
    field.child(name).error("is missing; the policy requires it");
  }
  for (const entry of field.entries()) {
    const name = String(entry.path.at(-1));
    const schema = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (isMap(schema)) checkValue(entry, schema);
    else if (schema === undefined)
      entry.warn(
        `the policy has no such property; known are ${Object.keys(properties).join(", ")}`,
      );
  }
}

function checkValue(field: Field, schema: Schema): void {
  const problem = typeProblem(field.value, schema.type) ?? limitProblem(field.value, schema);
  if (problem !== undefined) return field.error(`${shown(field.value)} ${problem}`);
  if (Array.isArray(field.value) && isMap(schema.items)) {
    for (const item of field.items()) checkValue(item, schema.items);
  }
  if (isMap(field.value) && isMap(schema.properties)) {
    const required = Array.isArray(schema.required) ? schema.required.map(String) : [];
    checkProperties(field, schema.properties, required);
  }
}

function typeProblem(value: unknown, type: unknown): string | undefined {
  if (type === undefined) return undefined;
  const types = (Array.isArray(type) ? type : [type]).map(String);
  return types.some((each) => hasType(value, each))
    ? undefined
    : `must be of type ${types.join(" or ")}`;
}

function hasType(value: unknown, type: string): boolean {
  if (type === "integer") return Number.isInteger(value);
  if (type === "array") return Array.isArray(value);
  if (type === "object") return isMap(value);
  if (type === "null") return value === null;
  if (type === "string" || type === "number" || type === "boolean") return typeof value === type;
  return true; // a type of the platform's own
}

function limitProblem(value: unknown, schema: Schema): string | undefined {
  if (Array.isArray(schema.enum) && !schema.enum.includes(value)) {
    return `must be one of ${schema.enum.map(String).join(", ")}`;
  }
  if (typeof value === "number") return numberProblem(value, schema);
  if (typeof value === "string") return textProblem(value, schema);
  if (Array.isArray(value))
    return countProblem(value.length, "items", schema.minItems, schema.maxItems);
  return undefined;
}

function numberProblem(value: number, { minimum, maximum }: Schema): string | undefined {
  if (typeof minimum === "number" && value < minimum) return `must be ${minimum} or more`;
  if (typeof maximum === "number" && value > maximum) return `must be ${maximum} or less`;
  return undefined;
}

function textProblem(value: string, schema: Schema): string | undefined {
  const { minLength, maxLength, pattern, format } = schema;
  if (typeof pattern === "string" && !new RegExp(pattern, "u").test(value)) {
    return `must match ${pattern}`;
  }
  if (format === "service" && !/^(https?|h2):\/\/[^/?#\s]+/i.test(value)) {
    return "must be the URL of a service, http, https or h2";
  }
  return countProblem([...value].length, "characters", minLength, maxLength);
}

function countProblem(count: number, what: string, min: unknown, max: unknown): string | undefined {
  if (typeof min === "number" && count < min) return `must have at least ${min} ${what}`;
  if (typeof max === "number" && count > max) return `must have at most ${max} ${what}`;
  return undefined;
}
