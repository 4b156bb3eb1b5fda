/** Which figures come out of the slices? Everything is compared within a round, where conditions were the same. */
import { bootstrap, median } from "../measure/statistics.ts";
import type { Interval } from "../measure/statistics.ts";
import type { Cell, Slice } from "../measure/slice.ts";
import type { Measured } from "../run.ts";
import { BASELINE, REFERENCE } from "../variants.ts";
import type { Variant } from "../variants.ts";

export interface Figures {
  readonly variant: Variant;
  readonly cell: Cell;
  /** Microseconds of the gateway's processor time a request, over no filter. */
  readonly added: Interval;
  /** Of `added` to that of ext_authz. */
  readonly ratio: Interval;
  /** Processor time a request, all of it. */
  readonly cpu: number;
  readonly p50: number;
  readonly p99: number;
  /** Of the p99 to that of ext_authz. */
  readonly p99Ratio: Interval;
  readonly rate: number;
  readonly calls: number;
  readonly bytes: number;
  /** Messages a request that the policy dropped: the node was the bottleneck. */
  readonly dropped: number;
}

export function figures(measured: readonly Measured[]): Figures[] {
  return measured.map((one) => {
    const same = (name: string): readonly Slice[] =>
      measured.find((other) => other.cell === one.cell && other.variant.name === name)!.slices;
    return figuresOf(one, same(BASELINE), same(REFERENCE));
  });
}

function figuresOf(
  { variant, cell, slices }: Measured,
  baseline: readonly Slice[],
  reference: readonly Slice[],
): Figures {
  const rounds = slices.length;
  const over = (list: readonly Slice[], drawn: readonly number[]): number =>
    median(drawn.map((i) => list[i]!.cpu - baseline[i]!.cpu));
  const middle = (list: readonly Slice[], key: keyof Slice, drawn: readonly number[]): number =>
    median(drawn.map((i) => list[i]![key]));
  const all = slices.map((_, i) => i);
  return {
    variant,
    cell,
    added: bootstrap(rounds, (drawn) => over(slices, drawn)),
    ratio: bootstrap(rounds, (drawn) => over(slices, drawn) / over(reference, drawn)),
    p99Ratio: bootstrap(
      rounds,
      (drawn) => middle(slices, "p99", drawn) / middle(reference, "p99", drawn),
    ),
    cpu: middle(slices, "cpu", all),
    p50: middle(slices, "p50", all),
    p99: middle(slices, "p99", all),
    rate: middle(slices, "rate", all),
    calls: middle(slices, "calls", all),
    bytes: middle(slices, "bytes", all),
    dropped: slices.reduce((sum, { dropped }) => sum + dropped, 0) / rounds,
  };
}
