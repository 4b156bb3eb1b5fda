/** What would change? A line for each parameter that is added, changed or taken away, in the order of its name. */
import { isDeepStrictEqual } from "node:util";
import type { Configuration } from "./model.ts";

export interface Difference {
  readonly name: string;
  /** Undefined where it was not, or will not be there. */
  readonly before: unknown;
  readonly after: unknown;
}

export function differences(before: Configuration, after: Configuration): Difference[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names
    .map((name) => ({ name, before: before[name], after: after[name] }))
    .filter((each) => !isDeepStrictEqual(each.before, each.after));
}

export const differenceLines = (found: readonly Difference[]): string[] =>
  found.flatMap(({ name, before, after }) => [
    ...(before === undefined ? [] : [`- ${name}: ${JSON.stringify(before)}`]),
    ...(after === undefined ? [] : [`+ ${name}: ${JSON.stringify(after)}`]),
  ]);
