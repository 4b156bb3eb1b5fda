/** How are the results told to a reader? A table for each workload and number of connections, and what each variant tells. */
import type { Interval } from "../measure/statistics.ts";
import type { Cell } from "../measure/slice.ts";
import type { Plan } from "../plan.ts";
import { workTable } from "../work/budget.ts";
import type { Budget } from "../work/budget.ts";
import { VARIANTS } from "../variants.ts";
import type { Figures } from "./figures.ts";
import { TARGETS, verdictOn } from "./targets.ts";

export function markdown(
  figures: readonly Figures[],
  plan: Plan,
  where: string,
  work: Budget,
): string {
  const cells = [...new Set(figures.map((one) => one.cell))];
  return [
    "# What the policy costs a gateway",
    "",
    `Written by \`make ${plan.name}\`: ${where}; ${new Date().toISOString().slice(0, 10)}.`,
    `Each figure is the median of ${plan.rounds} slices of ${plan.secondsASlice} s; the variants take turns. In brackets: 95 % interval`,
    "(bootstrap over rounds). `dropped`: messages a request that the policy threw away because the node was too slow for",
    "them; that row is cheaper than it should be. Absolute figures are this machine's; compare ratios.",
    "",
    "![Processor time added to a request](added-cpu.svg)",
    "",
    ...cells.flatMap((cell) =>
      table(
        figures.filter((one) => one.cell === cell),
        cell,
      ),
    ),
    ...targets(figures),
    ...whatIsTold(figures),
    "## Work in the policy itself",
    "",
    "Counted, the same on every machine: instructions of wasm, bytes allocated and moved in the module's memory, bytes that the host copies in and",
    "out, and how often the two call each other.",
    "",
    ...workTable(work),
    "",
    ...HOW,
    "",
  ].join("\n");
}

function table(figures: readonly Figures[], cell: Cell): string[] {
  const rows = figures.map((one) => [
    one.variant.name + (one.dropped > 0.01 ? ` (dropped ${number(one.dropped, 2)})` : ""),
    `${number(one.added.value, 1)} ${range(one.added, 1)}`,
    `${number(one.ratio.value, 2)} ${range(one.ratio, 2)}`,
    number(one.cpu, 1),
    number(one.p50, 0),
    `${number(one.p99, 0)} (${number(one.p99Ratio.value, 2)})`,
    number(one.rate, 0),
  ]);
  return [
    `## ${cell.workload.name}, ${cell.connections} connections`,
    "",
    ...rowsOf(
      [
        "variant",
        "added CPU, µs",
        "ratio to ext_authz",
        "CPU, µs",
        "p50, µs",
        "p99, µs (ratio)",
        "requests/s",
      ],
      rows,
    ),
    "",
  ];
}

function targets(figures: readonly Figures[]): string[] {
  const rows = TARGETS.map((target) => {
    const { worst, holds } = verdictOn(target, figures);
    return [target.text, worst, holds];
  }).filter(([, worst]) => worst !== "");
  return ["## Targets", "", ...rowsOf(["target", "worst cell", "holds"], rows), ""];
}

function whatIsTold(figures: readonly Figures[]): string[] {
  const rows = VARIANTS.flatMap((variant) => {
    const own = figures.filter((one) => one.variant === variant);
    if (own.length === 0) return [];
    const connections = own[0]!.cell.connections;
    const told = own
      .filter((one) => one.cell.connections === connections)
      .map((one) => `${number(one.calls, 2)} / ${number(one.bytes, 0)}`);
    return [[variant.name, variant.what, told.join("; ")]];
  });
  return [
    "## What each variant tells its node",
    "",
    "Counted by the node, for the workloads in their order: calls (or streams) / bytes a request, heads included.",
    "",
    ...rowsOf(["variant", "what", "calls / bytes"], rows),
    "",
  ];
}

const HOW = [
  "## How it is measured",
  "",
  "- Each variant is an Envoy process of its own with one worker; all of them run from begin to end. Clients (wrk, one thread, keep-alive), API and",
  "  node are processes of their own. The node is one program for all variants and answers from ready bytes.",
  "- CPU is the kernel's account of the gateway's process over a slice, until the last message about it has reached the node, divided by the",
  "  requests that the API has served. Added: minus that of no filter in the same round.",
  "- A run fails where a client sees an error, where the node was not told of each request (and each response) as the list above says, or where",
  "  the policy counts a fallback with a node that lives. Messages that it drops out of band it counts; they are shown.",
];

function rowsOf(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? "---" : "---:"))), ...rows.map(line)];
}

const number = (value: number, digits: number): string => value.toFixed(digits);

const range = ({ low, high }: Interval, digits: number): string =>
  `(${number(low, digits)} to ${number(high, digits)})`;
