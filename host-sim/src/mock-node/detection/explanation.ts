// How is an attack told to people? One sentence, and an excerpt that is bounded.

import type { Attack } from "./attack.ts";
import type { Point } from "./point.ts";
import type { Rule, Subject } from "./rules/rule.ts";

const LONGEST_MATCH = 120;
const AROUND = 40;
const LONGEST_VALUE = 200;

export function explain(rule: Rule, point: Point, subject: Subject, match: string): Attack {
  const shown = match.slice(0, LONGEST_MATCH);
  const steps = subject.decodings.slice(0, 8);
  const after = steps.length === 0 ? "as it was sent" : `after decoding ${steps.join(", then ")}`;
  return {
    type: rule.type,
    rule: rule.name,
    point: point.name,
    value: excerpt(subject.text, match),
    match: shown,
    explanation: `${rule.name} found ${rule.looksFor} in ${point.name}, ${after}: ${JSON.stringify(shown)}.`,
  };
}

function excerpt(text: string, match: string): string {
  if (text.length <= LONGEST_VALUE) return text;
  const at = Math.max(0, text.indexOf(match.slice(0, LONGEST_MATCH)));
  const from = Math.max(0, at - AROUND);
  return text.slice(from, from + LONGEST_VALUE);
}
