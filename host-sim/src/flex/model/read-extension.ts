/**
 * Which module is a policy, and what may its configuration be? An implementation names its module and extends a
 * definition, whose properties are the schema. One Extension may be both.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Field } from "../documents/field.ts";
import { shown } from "../documents/problems.ts";
import { fullName, type Resource } from "../documents/resource.ts";
import type { ExtensionModel } from "./gateway-model.ts";
import type { ResourceIndex } from "./resource-index.ts";

/** Everything that Flex Gateway itself defines: `extension-definition`, `extension-authentication` … */
const BUILT_IN = /^(extension-.+|envoy-filter|proxy-wasm-filter)$/;
/** Properties of the implementation itself; no policy is configured by them. */
const OWN_PROPERTIES = new Set(["rootId", "implementation"]);

export interface ReadExtension {
  readonly model: ExtensionModel;
  readonly properties: readonly Field[];
  readonly required: readonly string[];
  readonly file: string | undefined;
}

/** `undefined`: it has been reported what is wrong, or it has no module. */
export function readExtension(resource: Resource, index: ResourceIndex): ReadExtension | undefined {
  const family = withDefinitions(resource, index);
  const implementation = property(family, "implementation");
  if (implementation === undefined) return undefined;
  const found = readModule(implementation);
  if (found === undefined) return undefined;
  const digest = createHash("sha256").update(found.wasm).digest("hex");
  const rootId = property(family, "rootId")?.textOr("main") ?? "main";
  const properties = family.flatMap(({ spec }) => spec.child("properties").entries());
  return {
    model: { name: fullName(resource), rootId, wasm: found.wasm, digest },
    properties: properties.filter((each) => !OWN_PROPERTIES.has(String(each.path.at(-1)))),
    required: family.flatMap(({ spec }) =>
      spec
        .child("required")
        .items()
        .map((each) => each.text()),
    ),
    file: found.file,
  };
}

export function extendsNames(resource: Resource): string[] {
  return resource.spec
    .child("extends")
    .items()
    .map((each) => each.child("name").text());
}

/** The extension itself first, then those that it extends. */
function withDefinitions(
  resource: Resource,
  index: ResourceIndex,
  seen = new Set<string>(),
): Resource[] {
  if (seen.has(fullName(resource))) return [];
  seen.add(fullName(resource));
  const parents = resource.spec
    .child("extends")
    .items()
    .flatMap((reference) => {
      if (BUILT_IN.test(String(reference.child("name").value))) return [];
      const parent = index.findDefinition(reference, resource);
      return parent === undefined ? [] : withDefinitions(parent, index, seen);
    });
  return [resource, ...parents];
}

/** Where a property's default stands. */
function property(family: readonly Resource[], name: string): Field | undefined {
  for (const { spec } of family) {
    const found = spec.child("properties").child(name).child("default");
    if (found.exists) return found;
  }
  return undefined;
}

function readModule(field: Field): { wasm: Uint8Array; file: string | undefined } | undefined {
  const text = field.text("base64://… or file://…");
  const [, scheme, rest = ""] = /^(base64|file):\/\/([^]*)$/.exec(text) ?? [];
  if (scheme === undefined) {
    if (text !== "") field.error(`${shown(text)} must be base64://… or file://…`);
    return undefined;
  }
  if (scheme === "base64") return decode(field, rest.replace(/\s+/g, ""));
  const file = resolve(dirname(field.place.file), rest);
  try {
    return { wasm: readFileSync(file), file };
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    field.error(
      `${shown(text)}: ${missing ? `there is no file ${file}` : (error as Error).message}`,
    );
    return undefined;
  }
}

function decode(field: Field, text: string): { wasm: Uint8Array; file: undefined } | undefined {
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(text)) {
    field.error(`${shown(`base64://${text}`)} must be base64`);
    return undefined;
  }
  return { wasm: Buffer.from(text, "base64"), file: undefined };
}
