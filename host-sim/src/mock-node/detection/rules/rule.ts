// What is a rule, and what does it get to see?

import type { AttackType } from "../attack.ts";
import type { PointKind } from "../point.ts";

/** A window of one value under one reading. */
export interface Subject {
  readonly kind: PointKind;
  readonly field: string;
  readonly text: string;
  readonly lower: string;
  /** Prose or source code: many words or lines. What is an attack in a short value may be talk about one here. */
  readonly wordy: boolean;
  /** Nothing but what is certain may count here. */
  readonly strict: boolean;
  /** The window begins where the value begins. */
  readonly start: boolean;
  /** Readings that led here; an ordinary client does not encode twice. */
  readonly decodings: readonly string[];
}

export interface Rule {
  readonly name: string;
  readonly type: AttackType;
  /** What it looks for; ends the sentence "it found …". */
  readonly looksFor: string;
  /** So certain that it counts among bytes that are no text. */
  readonly inBinary?: boolean;
  /** What matched, or undefined. Linear in the subject's length. */
  find(subject: Subject): string | undefined;
}

export interface RuleSet {
  /** Cheap test: without it no rule of the set can match. */
  readonly gate: RegExp;
  readonly rules: readonly Rule[];
}

/** First match of a pattern, as a rule gives it. */
export function matchOf(pattern: RegExp, text: string): string | undefined {
  return pattern.exec(text)?.[0];
}
