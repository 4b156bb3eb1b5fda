/** Which faults can the node have, what do they take, and on which calls do they strike? */

import type { ServerMode } from "../config/node-config.ts";

/** A fault takes at most one value, so that it fits a header: `delay=500`. */
interface FaultKind {
  readonly explains: string;
  /** The one mode of the node in which it means something; undefined: in both. */
  readonly mode?: ServerMode;
  /** Name of the value in JSON; undefined where there is none. */
  readonly parameter?: string;
  readonly allowed?: string;
  readonly check?: (value: unknown) => boolean;
  readonly otherwise?: number | string;
}

function integerKind(
  explains: string,
  parameter: string,
  [min, max]: readonly [number, number],
  otherwise: number,
): FaultKind {
  const check = (value: unknown): boolean =>
    Number.isInteger(value) && (value as number) >= min && (value as number) <= max;
  return { explains, parameter, allowed: `an integer from ${min} to ${max}`, check, otherwise };
}

function choiceKind(explains: string, parameter: string, choices: readonly string[]): FaultKind {
  return {
    explains,
    parameter,
    allowed: choices.join(" or "),
    check: (value) => choices.includes(value as string),
    ...(choices[0] === undefined ? {} : { otherwise: choices[0] }),
  };
}

const MiB = 1024 * 1024;

export const faultKinds = {
  delay: integerKind("answers so many milliseconds late", "ms", [0, 600_000], 1000),
  refuse: { explains: "takes no connections at all, and cuts those that are open" },
  reset: choiceKind(
    "resets the connection: before the message is judged, or in the middle of the answer",
    "at",
    ["begin", "middle"],
  ),
  close: choiceKind(
    "closes the connection in good order: before the message is judged, or in the middle of the answer",
    "at",
    ["begin", "middle"],
  ),
  silence: { explains: "never answers, and keeps the connection" },
  drip: {
    ...integerKind(
      "sends the answer byte by byte, one each so many milliseconds",
      "ms",
      [1, 60_000],
      100,
    ),
    mode: "connector-server",
  },
  truncated: { explains: "sends half of the body that it announced, then closes" },
  huge: integerKind("sends a body of so many bytes", "bytes", [1, 1024 * MiB], 40 * MiB),
  garbage: integerKind("sends so many bytes that are no msgpack", "bytes", [0, MiB], 256),
  "not-http": { explains: "answers with bytes that are no HTTP", mode: "connector-server" },
  "two-responses": { explains: "sends the whole HTTP answer twice", mode: "connector-server" },
  status: integerKind("answers with this status and an error", "status", [200, 599], 500),
  "grpc-status": {
    ...integerKind("ends the stream with this gRPC status", "code", [0, 16], 14),
    mode: "envoy-external-filter",
  },
  "no-node-header": { explains: "leaves x-wallarm-node out", mode: "connector-server" },
  verdict: choiceKind("decides so, whatever it found", "action", ["block", "pass"]),
  error: { explains: "says that it could not judge the message" },
  "wrong-id": { explains: "answers for another id", mode: "connector-server" },
  "wrong-part": { explains: "answers for another part", mode: "connector-server" },
  "wrong-phase": {
    explains: "answers a message of the kind that comes next",
    mode: "envoy-external-filter",
  },
  "no-verdict": { explains: "answers with an empty array" },
  "two-verdicts": choiceKind("answers twice for the same id and part", "that", ["differ", "agree"]),
  "unknown-fields": { explains: "adds fields that nobody knows, at the top and nested" },
  nested: integerKind("adds a field that is nested so deep", "depth", [1, 1000], 100),
} satisfies Record<string, FaultKind>;

export type FaultName = keyof typeof faultKinds;
export const faultNames = Object.keys(faultKinds) as FaultName[];

export function faultKind(name: FaultName): FaultKind {
  return faultKinds[name];
}

export interface Fault {
  readonly name: FaultName;
  readonly value: number | string | undefined;
}

/** What a rule asks of a message; what is not given matches everything. */
export interface FaultMatch {
  readonly type?: "request" | "part" | "response" | "health" | "probe";
  readonly mode?: "sync" | "async";
  readonly method?: string;
  readonly host?: string;
  /** Part of the path. */
  readonly path?: string;
  /** Id of the request, or how it begins. */
  readonly id?: string;
  readonly part?: number;
}

export interface FaultRule {
  readonly fault: Fault;
  readonly match: FaultMatch;
  /** 0 to 1. */
  readonly probability: number;
  /** Strikes so often; undefined: always. */
  readonly count: number | undefined;
  /** Lets so many matching calls pass first. */
  readonly after: number;
}

export function faultText({ name, value }: Fault): string {
  return value === undefined ? name : `${name}=${value}`;
}
