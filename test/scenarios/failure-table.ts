/**
 * In which ways can a node fail to give a verdict? Each row with what the policy calls it, and with what tells whether a node
 * lives: its two columns are what `fallback_action` and `unjudged_action` decide. The node is put right after it.
 */
import { encode } from "@msgpack/msgpack";
import * as replies from "../support/node/replies.ts";
import type { TestNode } from "../support/node/test-node.ts";
import type { Reply } from "../support/node/replies.ts";
import type { Message } from "../support/node/messages.ts";

export interface Failure {
  readonly what: string;
  /** The policy's names for it: where hosts may tell it in two ways, both. */
  readonly outcomes: readonly string[];
  /**
   * What the policy's canary meets. The node answers it like all else where this is `asked`: `fallback_action` decides if it
   * gets no answer, `unjudged_action` if it does. `refused`: nobody can be asked, so that `fallback_action` decides. `none`:
   * none is sent, for the answer is a node's own; `unjudged_action` decides.
   */
  readonly canary: "asked" | "refused" | "none";
  /** Whether a message out of band, which waits for no verdict, is lost by it; it is unless this says no. */
  readonly isLossOutOfBand?: boolean;
  readonly breakNode: (node: TestNode) => Promise<void> | void;
}

const answers = (
  what: string,
  outcome: string | readonly string[],
  reply: (messages: readonly Message[]) => Reply,
  canary: Failure["canary"] = "none",
): Failure => ({
  what,
  outcomes: typeof outcome === "string" ? [outcome] : outcome,
  canary,
  // Nobody acts on what the node says of such a message, and it has said that it has judged it.
  isLossOutOfBand: what !== "two verdicts that differ",
  breakNode: (node) => node.answerWith(reply),
});

/** It looks as if no node were there. */
const looksAway = (...row: Parameters<typeof answers>): Failure =>
  answers(row[0], row[1], row[2], "asked");

const errorBody = encode({ error: "because" });
const raw = (text: string, reset = true): Reply => ({
  kind: "raw",
  bytes: Buffer.from(text, "latin1"),
  reset,
});

const NO_CONNECTION: readonly Failure[] = [
  {
    what: "a connection that is refused",
    outcomes: ["node unreachable"],
    canary: "refused",
    breakNode: (node) => node.refuse(),
  },
  looksAway("a reset before the answer", "node unreachable", () => replies.reset),
  looksAway("silence", "timed out", () => replies.silence),
  looksAway("a reset in the middle of the answer", "connection lost", replies.resetMidway),
  looksAway("an answer whose head trickles past the time-out", "timed out", (messages) =>
    replies.trickle(messages, "all"),
  ),
  // A try that is left only the rest of the time has no head either, at the end of it.
  looksAway(
    "an answer whose body trickles past the time-out",
    ["connection lost", "timed out"],
    (messages) => replies.trickle(messages, "body"),
  ),
  looksAway("an answer that is not HTTP", ["node unreachable", "not a node"], () =>
    raw("SSH-2.0-OpenSSH_9.6\r\n\r\n"),
  ),
];

const REJECTIONS: readonly Failure[] = [
  ...[500, 502, 504].map((status) =>
    answers(`status ${status} of the node itself`, "node error", () =>
      replies.http(status, errorBody),
    ),
  ),
  // It waits for its turn, and time may run out while it is asked once more.
  answers("status 503 of the node itself", ["overloaded", "timed out"], () =>
    replies.http(503, errorBody),
  ),
  answers("status 415", "host not served", () => replies.http(415, errorBody)),
  ...[204, 302, 400, 401, 403, 404, 413, 426].map((status) =>
    answers(`status ${status} of the node itself`, "rejected by node", () =>
      replies.http(status, status === 204 ? undefined : errorBody),
    ),
  ),
  ...[200, 404, 500].map((status) =>
    looksAway(`status ${status} without the node's header`, "not a node", ([message]) => ({
      ...(replies.verdicts(replies.verdictOn(message!, "block")) as Reply & { kind: "http" }),
      status,
      node: false,
    })),
  ),
];

const ok =
  (body: Uint8Array): (() => Reply) =>
  () =>
    replies.http(200, body);

/** `depth` arrays in each other, in a key that nobody knows. */
const nested = (depth: number): Uint8Array =>
  Buffer.concat([Buffer.from([0x91, 0x81, 0xa1, 0x78]), Buffer.alloc(depth, 0x91), Buffer.of(1)]);

const RUBBISH: readonly Failure[] = [
  answers("an empty 200", "malformed answer", ok(new Uint8Array(0))),
  answers("a 200 of rubbish", "malformed answer", ok(Buffer.from("<html>It works!</html>"))),
  answers("a 200 of 0xff bytes", "malformed answer", ok(Buffer.alloc(300, 0xff))),
  answers("an array that promises four billion verdicts", "malformed answer", () =>
    replies.http(200, Buffer.from([0xdd, 0xff, 0xff, 0xff, 0xff])),
  ),
  answers("nesting of 100,000", "malformed answer", ok(nested(60_000))),
  answers("a truncated verdict", "malformed answer", ([message]) => {
    const whole = encode([replies.verdictOn(message!, "pass")]);
    return replies.http(200, whole.subarray(0, whole.length - 1));
  }),
  answers("a verdict with bytes behind it", "malformed answer", ([message]) =>
    replies.http(200, Buffer.concat([encode([replies.verdictOn(message!, "pass")]), Buffer.of(0)])),
  ),
  answers("a verdict that is no array", "malformed answer", ([message]) =>
    replies.http(200, encode(replies.verdictOn(message!, "pass"))),
  ),
  answers("an action that nobody knows", "malformed answer", ([message]) =>
    replies.verdicts(replies.verdictOn(message!, "perhaps")),
  ),
  answers("an answer of 10 MB", "answer too large", ok(Buffer.alloc(10_000_000, 0x90))),
];

const OTHERS: readonly Failure[] = [
  answers("no verdict at all", "no verdict in answer", () => replies.verdicts()),
  answers("a verdict on another id", "no verdict in answer", ([message]) =>
    replies.verdicts({ ...replies.verdictOn(message!, "block"), id: Buffer.alloc(16, 7) }),
  ),
  answers("a verdict on another part", "no verdict in answer", ([message]) =>
    replies.verdicts({ ...replies.verdictOn(message!, "block"), part: 1 }),
  ),
  answers("two verdicts that differ", "no verdict in answer", ([message]) =>
    replies.verdicts(replies.verdictOn(message!, "pass"), replies.verdictOn(message!, "block")),
  ),
  answers("an error about another part", "no verdict in answer", ([message]) =>
    replies.verdicts({ id: Buffer.from(message!.id, "hex"), part: 1, error: "too hard" }),
  ),
  answers("an error about no part in particular", "undecided by node", ([message]) =>
    replies.http(200, encode([{ id: Buffer.from(message!.id, "hex"), error: "too hard" }])),
  ),
  answers("an error instead of a verdict", "undecided by node", ([message]) =>
    replies.verdicts({ id: Buffer.from(message!.id, "hex"), part: 0, error: "too hard" }),
  ),
];

export const FAILURES: readonly Failure[] = [
  ...NO_CONNECTION,
  ...REJECTIONS,
  ...RUBBISH,
  ...OTHERS,
];
