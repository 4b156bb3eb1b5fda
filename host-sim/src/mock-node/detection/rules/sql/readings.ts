// Where would this text stand in a query? Either bare, as a number or a name would, or inside quotes, which it then has to
// close: each quote in it is taken for that closing one in turn.

import { WINDOW } from "../../limits.ts";
import type { Subject } from "../rule.ts";
import type { Tokens } from "./shapes.ts";
import { tokenize } from "./tokens.ts";

export interface Reading {
  readonly tokens: Tokens;
  /** Undefined: the text stands bare. */
  readonly quote?: string;
  /** The quote that closes is the first, third … of its kind: the quotes before it pair up. */
  readonly closes: boolean;
  /** What stands before the quote. */
  readonly prefix: string;
}

/** More than a window holds: the whole of it is read. */
const MOST_TOKENS = WINDOW;
/** After so many quotes what follows one is read less far. */
const QUOTES_READ_FAR = 16;
const TOKENS_FAR = 200;
const TOKENS_NEAR = 24;
const NEAR = 256;
const QUOTE = /['"`]/g;

const cache = new WeakMap<Subject, readonly Reading[]>();

export function readingsOf(subject: Subject): readonly Reading[] {
  const known = cache.get(subject);
  if (known !== undefined) return known;
  const found = read(subject.lower);
  cache.set(subject, found);
  return found;
}

function read(lower: string): Reading[] {
  const found: Reading[] = [{ tokens: tokenize(lower, 0, MOST_TOKENS), closes: true, prefix: "" }];
  // A filter that cuts comments out joins what stood around them: uni/**/on.
  if (lower.includes("/*")) {
    const joined = lower.replace(/\/\*[^*]{0,200}\*\//g, "");
    found.push({ tokens: tokenize(joined, 0, MOST_TOKENS), closes: true, prefix: "" });
  }
  const counts = new Map<string, number>();
  for (const { 0: quote, index } of lower.matchAll(QUOTE)) {
    const count = (counts.get(quote) ?? 0) + 1;
    counts.set(quote, count);
    const tokens =
      found.length <= QUOTES_READ_FAR
        ? tokenize(lower, index + 1, TOKENS_FAR)
        : tokenize(lower.slice(index + 1, index + 1 + NEAR), 0, TOKENS_NEAR);
    const prefix = lower.slice(Math.max(0, index - 200), index);
    found.push({ tokens, quote, closes: count % 2 === 1, prefix });
  }
  return found;
}
