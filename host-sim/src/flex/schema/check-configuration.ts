/**
 * Is a policy's configuration what its definition allows? The definition is JSON Schema; what is missing and has a `default` is left to
 * the policy, which gets its configuration as written.
 */
import { compileSchema, expectation } from "../../../../checked-yaml/check-values.ts";
import { Field, isMap } from "../documents/field.ts";
import { shown } from "../documents/problems.ts";

type Schema = Readonly<Record<string, unknown>>;

const TYPES = ["string", "integer", "number", "boolean", "array", "object", "null"];

export function checkConfiguration(
  config: Field,
  properties: readonly Field[],
  required: readonly string[],
): void {
  if (config.exists && !isMap(config.value)) return config.wrongType("a map");
  const known = Object.fromEntries(
    properties.map((each) => [String(each.path.at(-1)), each.value]),
  );
  const schema = { type: "object", properties: known, required };
  for (const finding of compileSchema(withoutDefaults(schema) as Schema)(config.value ?? {})) {
    const field = finding.path.reduce<Field>(
      (at, part) => (typeof part === "number" ? at.items()[part]! : at.child(part)),
      config,
    );
    if (finding.keyword === "required") field.error("is missing; the policy requires it");
    else field.error(`${shown(field.value)} must be ${expectation(finding)}`);
  }
  warnOfUnknown(config, known);
}

function warnOfUnknown(field: Field, properties: Schema): void {
  for (const entry of field.entries()) {
    const name = String(entry.path.at(-1));
    const schema = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (isMap(schema)) {
      if (isMap(schema.properties) && isMap(entry.value)) warnOfUnknown(entry, schema.properties);
    } else if (schema === undefined)
      entry.warn(
        `the policy has no such property; known are ${Object.keys(properties).join(", ")}`,
      );
  }
}

/** What has a default is not required, at any depth; a type of the platform's own is any. */
function withoutDefaults(schema: unknown): unknown {
  if (!isMap(schema)) return schema;
  const { type, properties, required, items, ...rest } = schema;
  const inner = isMap(properties) ? properties : {};
  const hasDefault = (name: string): boolean => {
    const property = Object.hasOwn(inner, name) ? inner[name] : undefined;
    return isMap(property) && property.default !== undefined;
  };
  const names = Array.isArray(required) ? [...new Set(required.map(String))] : [];
  const isKnown = [type].flat().every((each) => TYPES.includes(String(each)));
  return {
    ...rest,
    ...(type !== undefined && isKnown && { type }),
    ...(isMap(properties) && {
      properties: Object.fromEntries(
        Object.entries(inner).map(([name, each]) => [name, withoutDefaults(each)]),
      ),
    }),
    ...(items !== undefined && { items: withoutDefaults(items) }),
    required: names.filter((name) => !hasDefault(name)),
  };
}
