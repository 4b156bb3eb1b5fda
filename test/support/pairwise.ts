/**
 * How are axes combined without their product? So that each pair of values of two axes comes together in at least one case:
 * greedily, the case first that covers most pairs that are still missing. The same axes give the same cases.
 */
export type Axes = Readonly<Record<string, readonly unknown[]>>;
export type Case<A extends Axes> = { readonly [K in keyof A]: A[K][number] };

/** Candidates that are looked at for each case, beside those that begin with a missing pair. */
const TRIES = 40;

export function pairwise<A extends Axes>(axes: A): Case<A>[] {
  const names = Object.keys(axes);
  const missing = new Set<string>(pairsOf(names).flatMap(([a, b]) => allPairs(axes, a, b)));
  const random = generator();
  const cases: Case<A>[] = [];
  while (missing.size > 0) {
    const [wanted] = missing;
    const candidates = Array.from({ length: TRIES }, () => candidate(axes, names, wanted!, random));
    const gain = (one: number[]): number => covered(names, one).filter((p) => missing.has(p)).length;
    const best = candidates.reduce((a, b) => (gain(b) > gain(a) ? b : a));
    for (const pair of covered(names, best)) missing.delete(pair);
    cases.push(
      Object.fromEntries(names.map((name, i) => [name, axes[name]![best[i]!]])) as Case<A>,
    );
  }
  return cases;
}

const key = (a: number, i: number, b: number, j: number): string => `${a}:${i} ${b}:${j}`;

const pairsOf = (names: readonly string[]): [number, number][] =>
  names.flatMap((_, a) => names.slice(a + 1).map((__, k): [number, number] => [a, a + 1 + k]));

function allPairs(axes: Axes, a: number, b: number): string[] {
  const [first, second] = [Object.values(axes)[a]!, Object.values(axes)[b]!];
  return first.flatMap((_, i) => second.map((__, j) => key(a, i, b, j)));
}

const covered = (names: readonly string[], one: readonly number[]): string[] =>
  pairsOf(names).map(([a, b]) => key(a, one[a]!, b, one[b]!));

function candidate(
  axes: Axes,
  names: readonly string[],
  wanted: string,
  random: () => number,
): number[] {
  const one = names.map((name) => Math.floor(random() * axes[name]!.length));
  for (const part of wanted.split(" ")) {
    const [axis, value] = part.split(":").map(Number);
    one[axis!] = value!;
  }
  return one;
}

/** Numbers from 0 to 1 that are the same in each run (a linear congruential generator). */
function generator(): () => number {
  let state = 42;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
