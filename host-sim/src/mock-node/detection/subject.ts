// How does a value look to the rules?

import { WINDOW, WINDOW_OVERLAP } from "./limits.ts";
import type { Point } from "./point.ts";
import type { Subject } from "./rules/rule.ts";

const WORDY_FROM = 10;
const STRICT_KINDS: ReadonlySet<string> = new Set(["structured header", "file", "markup"]);

export function* subjectsOf(
  point: Point,
  text: string,
  decodings: readonly string[],
): Generator<Subject> {
  for (
    let from = 0;
    from === 0 || from + WINDOW_OVERLAP < text.length;
    from += WINDOW - WINDOW_OVERLAP
  ) {
    const window = from === 0 && text.length <= WINDOW ? text : text.slice(from, from + WINDOW);
    yield {
      kind: point.kind,
      field: point.field,
      text: window,
      lower: window.toLowerCase(),
      wordy: isWordy(window),
      strict: STRICT_KINDS.has(point.kind),
      start: from === 0,
      decodings,
    };
  }
}

/** Ten words between spaces, or four lines with words. */
export function isWordy(text: string): boolean {
  let words = 0;
  let lines = 0;
  for (const [word] of text
    .slice(0, 4096)
    .matchAll(/\n|(?<![^\s("'*>])\p{L}[\p{L}'’-]{0,30}(?![^\s.,;:!?)"'*<])/gu)) {
    if (word === "\n") lines += 1;
    else words += 1;
    if (words >= WORDY_FROM || (lines >= 4 && words >= 4)) return true;
  }
  return false;
}
