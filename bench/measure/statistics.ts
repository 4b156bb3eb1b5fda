/** What do interleaved slices say together? Medians, and how far they may be off by the luck of the slices. */

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

const RESAMPLES = 2000;

/**
 * `figure` of all rounds, and the range in which it falls in 95 of 100 cases when rounds are drawn again from those that were
 * (percentile bootstrap). The draws are the same in each run.
 */
export function bootstrap(rounds: number, figure: (drawn: readonly number[]) => number): Interval {
  const random = seeded(1);
  const all = Array.from({ length: rounds }, (_, i) => i);
  const figures = Array.from({ length: RESAMPLES }, () =>
    figure(all.map(() => Math.floor(random() * rounds))),
  ).sort((a, b) => a - b);
  return {
    value: figure(all),
    low: figures[Math.floor(RESAMPLES * 0.025)]!,
    high: figures[Math.ceil(RESAMPLES * 0.975) - 1]!,
  };
}

/** Mulberry32: small, and the same everywhere. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
