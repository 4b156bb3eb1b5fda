/**
 * What must come of each fault? A rule, written apart from the policy: the fault says what the node's answer amounts to, the mode and
 * the two actions say the rest.
 */
import type { SeenRequest } from "../../support/upstream.ts";
import type { Seen } from "./play.ts";
import type { Kind } from "./requests.ts";

export type Mode = "sync" | "async";
export type Action = "pass" | "block";
/** Whether a node with a fault judges the policy's probes as it should, or meets them with the fault too. */
export type Probes = "judged" | "alike";

export interface Configuration {
  readonly mode: Mode;
  /** Where no node can be reached. */
  readonly fallback: Action;
  /** Where a node lives and gives no verdict. */
  readonly unjudged: Action;
  readonly probes: Probes;
}

/**
 * A verdict (a refusal with its status), or the reasons that may be given for having none: hosts tell some faults in two ways. Or
 * only time tells whether there is one: then either is right, as long as nothing is between.
 */
export type Amount = "pass" | "unsure" | { readonly block: number } | readonly string[];

/** Async mode: what becomes of the messages, two or more of each request. */
export type Copies = "delivered" | "only responses" | "lost" | "some" | "streams" | "until it ends";

/** What may be said of a 200 in which the verdict on a message is not to be found. */
export const NOT_IN_ANSWER = ["malformed_answer", "no_verdict_in_answer", "undecided_by_node"];

/** Everything of one API that can be looked at afterwards. */
export interface Traces {
  readonly seen: ReadonlyMap<Kind, Seen>;
  readonly upstream: (kind: Kind) => SeenRequest | undefined;
  readonly metric: (name: string) => number;
  /** Names and counts of `no_verdict.*` that are not 0. */
  readonly noVerdicts: ReadonlyMap<string, number>;
  /** Lines of the policy's log. */
  readonly log: readonly string[];
  /** Minutes that have begun since its first request: until its last was answered, and until nothing of it can be waited for. */
  readonly minutes: { readonly asked: number; readonly waited: number };
  /** Whole seconds from its first request to its last answer: after each a message may be sent of what is only half there. */
  readonly seconds: number;
}

export interface Expectation extends Configuration {
  readonly amount: (kind: Kind) => Amount;
  readonly copies: Copies;
  /** Async mode: so many messages come about of such a request and its response. */
  readonly messages: (kind: Kind) => number;
}

/** These look as if there were no node. All others are a living node's. */
const LOOKS_AWAY = [
  "call_refused",
  "node_unreachable",
  "timed_out",
  "connection_lost",
  "not_a_node",
  "node_dead",
];

type Decider = "fallback" | "unjudged";

/** Which action decides without a verdict; both where hosts tell a fault in two ways. */
function deciders({ probes }: Expectation, reasons: readonly string[]): Decider[] {
  const looksAway = reasons.filter((each) => LOOKS_AWAY.includes(each));
  if (looksAway.length === 0 || probes === "judged") return ["unjudged"];
  return looksAway.length === reasons.length ? ["fallback"] : ["fallback", "unjudged"];
}

/** What may become of a request. */
function actionsOn(expected: Expectation, kind: Kind): Action[] {
  const its = expected.amount(kind);
  if (expected.mode === "async" || its === "pass") return ["pass"];
  if (!isNone(its)) return ["block"];
  return deciders(expected, its).map((each) => expected[each]);
}

const isBlock = (amount: Amount): boolean => typeof amount === "object" && "block" in amount;

const isNone = (amount: Amount): amount is readonly string[] => Array.isArray(amount);

const statusOf = (amount: Amount): number =>
  typeof amount === "object" && "block" in amount ? amount.block : 403;

/** Sentences about what is not as it must be; none: all is well. */
export function problems(expected: Expectation, traces: Traces): string[] {
  const found: string[] = [];
  for (const [kind, seen] of traces.seen) {
    const told = requestProblem(expected, kind, seen, traces);
    if (told !== undefined) found.push(`${kind.name}: ${told}`);
  }
  const counted = expected.mode === "sync" ? syncCounts : asyncCounts;
  const logged = [...logProblems(expected, traces), ...repeatProblems(expected, traces)];
  return [...found, ...counted(expected, traces), ...logged];
}

function requestProblem(
  expected: Expectation,
  kind: Kind,
  seen: Seen,
  traces: Traces,
): string | undefined {
  if (expected.mode === "sync" && expected.amount(kind) === "unsure") {
    const amount = seen === 200 ? "pass" : { block: 403 };
    return requestProblem({ ...expected, amount: () => amount }, kind, seen, traces);
  }
  const refused = statusOf(expected.amount(kind));
  const statuses = actionsOn(expected, kind).map((each) => (each === "pass" ? 200 : refused));
  if (!statuses.some((each) => each === seen)) {
    return `the client saw ${seen}, not ${statuses.join(" or ")}`;
  }
  const came = traces.upstream(kind);
  if (seen === refused && !isPass(expected, kind)) {
    return came === undefined ? undefined : `the API saw ${came.bodyBytes} bytes`;
  }
  if (came === undefined) return "the API did not see it";
  return came.hash === kind.hash ? undefined : `the API got ${came.bodyBytes} other bytes`;
}

/** Whatever its client saw: a node may refuse with the status 200. */
const isPass = (expected: Expectation, kind: Kind): boolean =>
  actionsOn(expected, kind).every((each) => each === "pass");

type Counts = Readonly<Record<string, number>>;

function differences(wanted: Counts, { metric }: Traces): string[] {
  return Object.entries(wanted).flatMap(([name, value]) => {
    const is = metric(name);
    return is === value ? [] : [`${name} is ${is}, not ${value}`];
  });
}

/** What decided, for each request without a verdict: the two actions differ, so that its status shows which it was. */
function decided(expected: Expectation, { seen }: Traces): Decider[] {
  return [...seen].flatMap(([kind, status]) => {
    const amount = expected.amount(kind);
    if (expected.mode === "async" || !isNone(amount)) return [];
    const action = status === 200 ? "pass" : "block";
    return deciders(expected, amount).filter((each) => expected[each] === action);
  });
}

function syncCounts(expected: Expectation, traces: Traces): string[] {
  const { fallback, unjudged, amount, copies } = expected;
  const amounts = [...traces.seen.keys()].map(amount);
  if (amounts.includes("unsure")) return [];
  const none = amounts.filter(isNone);
  const by = decided(expected, traces);
  const away = by.filter((each) => each === "fallback").length;
  const alive = by.length - away;
  const found = differences(
    {
      requests_inspected: amounts.length,
      requests_passed: amounts.filter((each) => each === "pass").length,
      requests_blocked: amounts.filter(isBlock).length,
      fallback_passed: fallback === "pass" ? away : 0,
      fallback_blocked: fallback === "block" ? away : 0,
      unjudged_passed: unjudged === "pass" ? alive : 0,
      unjudged_blocked: unjudged === "block" ? alive : 0,
    },
    traces,
  );
  const names = new Set(none.flat());
  const dropped = traces.metric("outbox_dropped");
  // What is told of the responses to requests that pass may meet the fault too.
  const isStream = copies === "streams" || copies === "until it ends";
  const mayDrop = copies === "some" || (isStream && none.length < amounts.length);
  if (dropped > 0 && !mayDrop) found.push(`${dropped} dropped`);
  const wrong = [...traces.noVerdicts].filter(([name]) => dropped === 0 && !names.has(name));
  found.push(...wrong.map(([name, count]) => `${count} counted as ${name}`));
  const sum = [...traces.noVerdicts.values()].reduce((total, count) => total + count, 0) - dropped;
  if (sum !== none.length) found.push(`${sum} without a verdict, not ${none.length}`);
  return found;
}

function asyncCounts({ amount, copies, messages }: Expectation, traces: Traces): string[] {
  const all = traces.seen.size;
  const none = {
    requests_passed: 0,
    requests_blocked: 0,
    fallback_passed: 0,
    fallback_blocked: 0,
    unjudged_passed: 0,
    unjudged_blocked: 0,
  };
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
    streams: true,
    "until it ends": sent + dropped >= all,
  }[copies];
  if (!isRight) found.push(`not ${copies}: ${told}`);
  const came = [...traces.seen.keys()].reduce((sum, kind) => sum + messages(kind), 0);
  const isAll = sent + dropped >= came || copies === "until it ends";
  if (!isAll || sent + dropped > came + traces.seconds) found.push(`not ${came}: ${told}`);
  if (reasons.reduce((sum, [, count]) => sum + count, 0) !== dropped) found.push(`sum: ${told}`);
  const own = [...traces.seen.keys()].map(amount).filter(isNone).flat();
  const isStream = copies === "streams" || copies === "until it ends";
  const more = isStream ? ["connection_lost"] : NOT_IN_ANSWER;
  const allowed = copies === "lost" ? own : [...more, ...own];
  if (copies !== "some" && reasons.some(([name]) => !allowed.includes(name)))
    found.push(`reasons: ${told}`);
  return found;
}

function logProblems(expected: Expectation, traces: Traces): string[] {
  const { mode, amount } = expected;
  const { seen, log } = traces;
  const lines = (part: string): number => log.filter((line) => line.includes(part)).length;
  const amounts = mode === "sync" ? [...seen.keys()].map(amount) : [];
  if (amounts.includes("unsure")) return [];
  const by = decided(expected, traces);
  const decisions = (decider: Decider): [string, number] => [
    `${expected[decider] === "pass" ? "let through" : "blocked"} by ${decider}_action: `,
    by.filter((each) => each === decider).length,
  ];
  const wanted: [string, number][] = [
    decisions("fallback"),
    decisions("unjudged"),
    ["blocked by the node, part ", amounts.filter(isBlock).length],
  ];
  const found = wanted.flatMap(([text, count]) =>
    lines(text) === count ? [] : [`${lines(text)} lines "${text}", not ${count}`],
  );
  if (by.length > 0 && lines("no verdict from the node: ") === 0) found.push("no line says why");
  return found;
}

/** Each reason is told, and not more than once a minute. */
function repeatProblems({ mode, amount }: Expectation, traces: Traces): string[] {
  const { log, minutes, metric, noVerdicts, seen } = traces;
  const told = new Map<string, number>();
  for (const line of log) {
    const reason = /no verdict from the node: ([^:]+)/.exec(line)?.[1]?.replaceAll(" ", "_");
    if (reason !== undefined) told.set(reason, (told.get(reason) ?? 0) + 1);
  }
  const often = [...told].filter(([, count]) => count > minutes.asked);
  const found = often.map(([reason, count]) => `${count} lines say ${reason}`);
  if (mode === "async" && told.size > 0) found.push("no verdict was waited for");

  const dropped = metric("outbox_dropped");
  const drops = log.filter((line) => line.includes("messages for the node dropped: ")).length;
  // The first is told at once, what comes after it at the end of its minute.
  if (drops > minutes.waited + 1) found.push(`${drops} lines tell of drops`);
  if (dropped > 0 !== drops > 0) found.push(`${drops} lines tell of ${dropped} drops`);
  const isSure = ![...seen.keys()].map(amount).includes("unsure");
  const untold = [...noVerdicts.keys()].filter((name) => !told.has(name));
  if (mode === "sync" && dropped === 0 && isSure) {
    found.push(...untold.map((name) => `no line says ${name}`));
  }
  return found;
}
