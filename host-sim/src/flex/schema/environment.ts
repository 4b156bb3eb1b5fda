/** Which values of a configuration come from the environment? Those that are `$NAME`, as Flex Gateway documents it. */
import { Field, isMap } from "../documents/field.ts";

export function withEnvironment(field: Field, env: ReadonlyMap<string, string>): unknown {
  const { value } = field;
  if (Array.isArray(value)) return field.items().map((item) => withEnvironment(item, env));
  if (isMap(value)) {
    return Object.fromEntries(
      field.entries().map((entry) => [entry.path.at(-1), withEnvironment(entry, env)]),
    );
  }
  const name = typeof value === "string" ? /^\$([A-Za-z_]\w*)$/.exec(value)?.[1] : undefined;
  if (name === undefined) return value;
  const found = env.get(name);
  if (found === undefined) field.error(`"$${name}": the environment has no ${name}`);
  return found ?? "";
}
