/**
 * How much does the policy do for a request? Prints it. `--write`: that is its budget from now on (`make bench-budget`).
 * `--profile CASE`: in which functions.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { compare, workTable } from "./budget.ts";
import { CASES } from "./cases.ts";
import { budgetFile, countWork, readBudget } from "./count.ts";
import { profile } from "./profile.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const [option, name] = process.argv.slice(2);
const named = readFileSync(join(ROOT, "build/bench/policy.named.wasm"));

if (option === "--profile") {
  const one = CASES.find((candidate) => candidate.name === name);
  const known = CASES.map((candidate) => `"${candidate.name}"`).join(", ");
  console.log(one === undefined ? `which case? ${known}` : profile(named, one).join("\n"));
} else {
  const counted = countWork(named);
  console.log(workTable(counted).join("\n"));
  if (option === "--write")
    writeFileSync(budgetFile(ROOT), `${JSON.stringify(counted, null, 2)}\n`);
  else for (const line of compare(readBudget(ROOT), counted).over) console.log(`over: ${line}`);
}
