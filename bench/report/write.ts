/** Where do the results go? To bench/RESULTS.md (of the full run) or build/bench/RESULTS.md (of the quick one), with a chart. */
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import type { Plan } from "../plan.ts";
import type { Budget } from "../work/budget.ts";
import { chart } from "./chart.ts";
import type { Figures } from "./figures.ts";
import { markdown } from "./markdown.ts";

/** The text; written to files where `root` is given. */
export function writeReport(
  figures: readonly Figures[],
  plan: Plan,
  tools: string,
  work: Budget,
  root: string | undefined,
): string {
  const machine = `${cpus().length} × ${cpus()[0]?.model.trim() ?? "unknown processor"}, Node.js ${process.version}`;
  const text = markdown(figures, plan, `${tools}, on ${machine}`, work);
  if (root !== undefined) {
    const directory = join(root, plan.name === "bench" ? "bench" : "build/bench");
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, "RESULTS.md"), text);
    writeFileSync(join(directory, "added-cpu.svg"), chart(figures));
    console.error(`Written to ${join(directory, "RESULTS.md")} and added-cpu.svg`);
  }
  return text;
}
