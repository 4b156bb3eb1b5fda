/** What is changed, and where? Each mutant is one small change of one source of the policy that any reader would call wrong. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Where a wrong line lets something through, or holds it for ever: the most dangerous first. */
export const SOURCES = [
  "failure-mode",
  "request/hold-table",
  "request/hold",
  "request/request-inspection",
  "request/request-intake",
  "request/chunk-plan",
  "request/request-parts",
  "request/body-store",
  "request/request-tenancy",
  "ledger",
  "decision-queue",
  "block-response",
  "node/desk",
  "node/evidence",
  "node/connector/verdict",
  "node/connector/http-reply",
  "node/connector/batch-answer",
  "node/ext-proc/processor-stream",
  "node/ext-proc/ext-proc-conversation",
  "node/ext-proc/processing-response",
  "node/node-pool",
  "node/node-health",
  "inspection-mark",
  "http-filter",
  "node/connector/connector-conversation",
  "node/connector/connector-transport",
  "node/ext-proc/ext-proc-transport",
  "node/ext-proc/header-mutation",
  "node/health-probe",
  "node/shared-health",
  "node/question",
  "response-inspection",
  "request-copy",
  "outbox",
  "node/connector/batch-queue",
  "node/connector/batch",
  "root-context",
].map((name) => `assembly/${name}.ts`);

const STATUSES = [
  alternatives("Decision", ["LetThrough", "Refuse"]),
  alternatives("FilterHeadersStatus", ["Continue", "StopIteration"]),
  alternatives("FilterTrailersStatus", ["Continue", "StopIteration"]),
  alternatives("FilterDataStatus", [
    "Continue",
    "StopIterationAndBuffer",
    "StopIterationAndWatermark",
    "StopIterationNoBuffer",
  ]),
].flat();

/** What is looked for, and what it becomes. */
const CHANGES = [
  ...STATUSES,
  [/ == /g, " != "],
  [/ != /g, " == "],
  [/ !== null/g, " === null"],
  [/ === null/g, " !== null"],
  [/ \|\| /g, " && "],
  [/ && /g, " || "],
  [/(?<!\w)!(?=[\w(])/g, ""],
  [/= true;/g, "= false;"],
  [/= false;(?=\n)/g, "= true;"],
  [/return true;/g, "return false;"],
  [/return false;/g, "return true;"],
  // A call or an assignment is left out.
  [/(?<=^ +|\) |else )this\.[\w.!]+\(.*\);$/gm, ";"],
  [/(?<=^ +|\) |else )(?:this\.)?[\w.]+ [-+|]?= (?!true;|false;).+;$/gm, ";"],
  [/(?<=^ +|\) |else )(?:this\.)?[\w.]+(?:\+\+|--);$/gm, ";"],
];

/** Off by one. Where the number is only a measure nobody could notice, so that these come last. */
const BOUNDS = [
  // Not of loops: they would read behind the end of an array.
  [/(?<!for \(.*) < /g, " <= "],
  [/(?<!for \(.*) <= /g, " < "],
  [/ > /g, " >= "],
  [/ >= /g, " > "],
];

/** Each value of an enumeration becomes each other one. */
function alternatives(type, values) {
  return values.flatMap((from) =>
    values
      .filter((to) => to !== from)
      .map((to) => [new RegExp(`\\b${type}\\.${from}\\b`, "g"), `${type}.${to}`]),
  );
}

/** All mutants there are. */
export function mutantsOf(root) {
  return [CHANGES, BOUNDS].flatMap((changes) =>
    SOURCES.flatMap((file) => changesOf(root, file, changes)),
  );
}

/** Of one source: its text changed, the line, and a name that stays when lines are added above. */
function changesOf(root, file, changes) {
  const source = readFileSync(join(root, file), "utf8");
  const lines = source.split("\n");
  const seen = new Map();
  return changes.flatMap(([pattern, to]) =>
    [...source.matchAll(pattern)].flatMap((match) => {
      const line = source.slice(0, match.index).split("\n").length;
      const code = lines[line - 1].trim();
      if (isNoCode(code) || (to === ";" && isOnlyTold(code))) return [];
      const text = source.slice(0, match.index) + to + source.slice(match.index + match[0].length);
      const change = to === ";" ? "left out" : `${match[0].trim()} → ${to.trim()}`;
      const column = match.index - source.lastIndexOf("\n", match.index);
      const same = `${file} ${code} ⇒ ${change}`;
      const nth = (seen.get(same) ?? 0) + 1;
      seen.set(same, nth);
      const name = nth > 1 ? `${same} (${nth})` : same;
      return [{ file, line, column, text, name }];
    }),
  );
}

const isNoCode = (code) => /^(\/\/|\*|\/\*|import |private |protected |readonly )/.test(code);

/** A line of the log, or a number in the metrics that stands beside one that is tested. */
const isOnlyTold = (code) => /\b(verbose\.log|telemetry\.|noteStuck|warnOnce)/.test(code);
