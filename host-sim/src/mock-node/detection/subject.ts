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
    const raw = from === 0 && text.length <= WINDOW ? text : text.slice(from, from + WINDOW);
    const wordy = isWordy(raw);
    const window = wordy && raw.includes("`") ? withoutCode(raw) : raw;
    yield {
      kind: point.kind,
      field: point.field,
      text: window,
      lower: window.toLowerCase(),
      wordy,
      strict: STRICT_KINDS.has(point.kind),
      start: from === 0,
      decodings,
    };
  }
}

/** What stands in back ticks in the middle of prose is shown, not run. */
function withoutCode(text: string): string {
  return text.replace(/```[^`]{1,8000}```|(?<=[\s(]|^)`[^`\n]{1,200}`(?=[\s.,;:!?)]|$)/g, " ");
}

/** Long injections are made of these; prose has enough others. */
const QUERY_WORDS: ReadonlySet<string> = new Set(
  "select from where and or union all distinct null like limit order by group having case when then else end as into in not is join on table insert values update set delete drop count concat char cast convert waitfor delay exec declare between exists true false sleep if begin top rand floor varchar int table_name column_name schema_name information_schema offset fetch next rows only using binary xor div mod rlike regexp".split(
    " ",
  ),
);

/** Ten words between spaces, or four lines with words. */
export function isWordy(text: string): boolean {
  let words = 0;
  let lines = 0;
  for (const [word] of text
    .slice(0, 4096)
    .matchAll(/\n|(?<![^\s("'*>])\p{L}[\p{L}'’-]{0,30}(?![^\s.,;:!?)"'*<])/gu)) {
    if (word === "\n") lines += 1;
    else if (!QUERY_WORDS.has(word.toLowerCase())) words += 1;
    if (words >= WORDY_FROM || (lines >= 4 && words >= 4)) return true;
  }
  return false;
}
