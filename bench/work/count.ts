/** How much work is each case, as the policy is now? */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Budget } from "./budget.ts";
import { CASES, workOf } from "./cases.ts";
import { instrument } from "./instrument.ts";

/** `named`: the release with names of functions, whose code is the release's. */
export function countWork(named: Uint8Array): Budget {
  const { wasm } = instrument(named);
  return Object.fromEntries(CASES.map((one) => [one.name, workOf(wasm, one)]));
}

export const budgetFile = (root: string): string => join(root, "bench", "budget.json");

export const readBudget = (root: string): Budget =>
  JSON.parse(readFileSync(budgetFile(root), "utf8")) as Budget;
