/**
 * What must come of each fault? A rule, written apart from the policy: the fault says what the node's answer amounts to, the mode and
 * fallback_action say the rest.
 */
import type { SeenRequest } from "../../support/upstream.ts";
import type { Seen } from "./play.ts";
import type { Kind } from "./requests.ts";

export type Mode = "sync" | "async";
export type Fallback = "pass" | "block";

/** A verdict, or the reasons that may be given for having none: hosts tell some faults in two ways. */
export type Amount = "pass" | "block" | readonly string[];

/** Async mode: what becomes of the messages, two or more of each request. */
export type Copies = "delivered" | "only responses" | "lost" | "some";

/** What may be said of a 200 in which the verdict on a message is not to be found. */
export const NOT_IN_ANSWER = ["malformed_answer", "no_verdict_in_answer", "undecided_by_node"];

/** Everything of one API that can be looked at afterwards. */
export interface Traces {
  readonly seen: ReadonlyMap<Kind, Seen>;
  readonly upstream: (kind: Kind) => SeenRequest | undefined;
  /** Bytes of the body that the node was asked to judge. */
  readonly told: (kind: Kind) => number;
  readonly metric: (name: string) => number;
  /** Names and counts of `no_verdict.*` that are not 0. */
  readonly noVerdicts: ReadonlyMap<string, number>;
  /** Lines of the policy's log. */
  readonly log: readonly string[];
}

export interface Expectation {
  readonly mode: Mode;
  readonly fallback: Fallback;
  readonly amount: Amount;
  readonly copies: Copies;
}

export const mayPass = ({ mode, fallback, amount }: Expectation): boolean =>
  mode === "async" || amount === "pass" || (amount !== "block" && fallback === "pass");

/** Sentences about what is not as it must be; none: all is well. */
export function problems(expected: Expectation, traces: Traces): string[] {
  const found: string[] = [];
  for (const [kind, seen] of traces.seen) {
    const told = requestProblem(expected, kind, seen, traces);
    if (told !== undefined) found.push(`${kind.name}: ${told}`);
  }
  const counted = expected.mode === "sync" ? syncCounts : asyncCounts;
  return [...found, ...counted(expected, traces), ...logProblems(expected, traces)];
}

function requestProblem(
  expected: Expectation,
  kind: Kind,
  seen: Seen,
  { upstream, told }: Traces,
): string | undefined {
  const passes = mayPass(expected);
  if (seen !== (passes ? 200 : 403)) return `the client saw ${seen}`;
  const came = upstream(kind);
  if (passes) {
    if (came === undefined) return "the API did not see it";
    return came.hash === kind.hash ? undefined : `the API got ${came.bodyBytes} other bytes`;
  }
  if (came === undefined) return undefined;
  if (kind.from === 0) return `the API saw ${came.bodyBytes} bytes`;
  // What was judged before may be there, as a request that never ends well.
  if (came.complete) return "the API got all of it";
  return came.bodyBytes <= told(kind) ? undefined : "the API got more than was judged";
}

type Counts = Readonly<Record<string, number>>;

function differences(wanted: Counts, { metric }: Traces): string[] {
  return Object.entries(wanted).flatMap(([name, value]) => {
    const is = metric(name);
    return is === value ? [] : [`${name} is ${is}, not ${value}`];
  });
}

function syncCounts({ fallback, amount }: Expectation, traces: Traces): string[] {
  const all = traces.seen.size;
  const isNone = typeof amount !== "string";
  const found = differences(
    {
      requests_inspected: all,
      requests_passed: amount === "pass" ? all : 0,
      requests_blocked: amount === "block" ? all : 0,
      fallback_passed: isNone && fallback === "pass" ? all : 0,
      fallback_blocked: isNone && fallback === "block" ? all : 0,
    },
    traces,
  );
  const wrong = [...traces.noVerdicts].filter(([name]) => !isNone || !amount.includes(name));
  const right = [...traces.noVerdicts].filter(([name]) => isNone && amount.includes(name));
  const sum = right.reduce((total, [, count]) => total + count, 0);
  found.push(...wrong.map(([name, count]) => `${count} counted as ${name}`));
  if (isNone && sum !== all) found.push(`${sum} counted as ${amount.join(" or ")}, not ${all}`);
  return found;
}

function asyncCounts({ amount, copies }: Expectation, traces: Traces): string[] {
  const all = traces.seen.size;
  const none = { requests_passed: 0, requests_blocked: 0, fallback_passed: 0, fallback_blocked: 0 };
  const found = differences({ requests_inspected: all, ...none }, traces);
  const [sent, dropped] = [traces.metric("outbox_sent"), traces.metric("outbox_dropped")];
  const reasons = [...traces.noVerdicts];
  const told = `${sent} sent, ${dropped} dropped: ${reasons.map((each) => each.join(" ")).join()}`;
  // A response gets no verdict: alone in a call it has arrived as soon as the node has said 200.
  const isRight = {
    delivered: sent >= 2 * all && dropped === 0,
    "only responses": dropped >= all && sent <= all,
    lost: dropped >= 2 * all && sent === 0,
    some: sent + dropped >= 2 * all,
  }[copies];
  if (!isRight) found.push(`not ${copies}: ${told}`);
  if (reasons.reduce((sum, [, count]) => sum + count, 0) !== dropped) found.push(`sum: ${told}`);
  const allowed = copies === "lost" ? amount : [...NOT_IN_ANSWER, ...amount];
  if (reasons.some(([name]) => !allowed.includes(name))) found.push(`reasons: ${told}`);
  return found;
}

function logProblems(expected: Expectation, { seen, log }: Traces): string[] {
  const { mode, fallback, amount } = expected;
  const lines = (part: string): number => log.filter((line) => line.includes(part)).length;
  const isNone = mode === "sync" && typeof amount !== "string";
  const action = fallback === "pass" ? "let through" : "blocked";
  const wanted: Record<string, number> = {
    [`${action} by fallback_action: `]: isNone ? seen.size : 0,
    "blocked by the node, part ": mode === "sync" && amount === "block" ? seen.size : 0,
  };
  const found = Object.entries(wanted).flatMap(([text, count]) =>
    lines(text) === count ? [] : [`${lines(text)} lines "${text}", not ${count}`],
  );
  if (isNone && lines("no verdict from the node: ") === 0) found.push("no line says why");
  return found;
}
