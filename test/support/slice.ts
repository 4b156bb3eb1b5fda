/**
 * Which part of the products is played in this run? `SLICE=<seed>` plays of each scenario one diagonal of engines × transports, and
 * each fault on one engine: all engines, transports, scenarios and faults still come up, each pair of them in every other seed.
 * Without it everything is played (`make test-all`).
 */
import { createHash } from "node:crypto";

const seed = process.env.SLICE;

/** Of what is repeated to be sure, a slice does a fifth. */
export const timesOf = (all: number): number => (seed ? Math.ceil(all / 5) : all);

/** Of two things, which one is played of what has that name; undefined: both. */
function chosenHalf(name: string): 0 | 1 | undefined {
  if (seed === undefined || seed === "") return undefined;
  const [byte] = createHash("sha256").update(`${seed} ${name}`).digest();
  return (byte! & 1) as 0 | 1;
}

/** Of two things that can both play what has that name: is this one played? */
export const isChosen = (name: string, at: number): boolean => (chosenHalf(name) ?? at) === at;

/**
 * Is the cell of a table of two by two played? Off the chosen diagonal only if a cell of the diagonal that would show its row, or
 * its column, can't be played.
 */
export function isPlayed(
  name: string,
  [row, column]: readonly [number, number],
  canPlay: (row: number, column: number) => boolean,
): boolean {
  const half = chosenHalf(name);
  if (half === undefined || (row + column) % 2 === half) return true;
  return !canPlay(row, 1 - column) || !canPlay(1 - row, column);
}
