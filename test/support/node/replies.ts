/**
 * What may a node answer, rightly or wrongly, down to the byte? Each maker gives a `Reply` for `answerWith`. Over gRPC the verdicts,
 * `silence` and `reset` mean what they mean over HTTP; what else a processor may do wrong: ../ext-proc/processor.ts.
 */
import { encode } from "@msgpack/msgpack";
import type { Message } from "./messages.ts";

export interface Verdict {
  readonly id: Uint8Array;
  readonly part: number;
  readonly action?: string;
  readonly [key: string]: unknown;
}

export type Reply =
  /** A well-formed HTTP answer, whatever is in it; `node: false` leaves the node's own header out. */
  | {
      readonly kind: "http";
      readonly status: number;
      readonly body: Uint8Array;
      readonly node?: false;
      /** What it says, where it says it well. */
      readonly verdicts?: readonly Verdict[];
    }
  /** Raw bytes; then the connection is cut with a reset, or left as it is. */
  | { readonly kind: "raw"; readonly bytes: Uint8Array; readonly reset: boolean }
  /** A whole answer, its rest byte by byte. */
  | { readonly kind: "trickle"; readonly atOnce: Uint8Array; readonly rest: Uint8Array }
  | { readonly kind: "silence" };

const idOf = (message: Message): Buffer => Buffer.from(message.id, "hex");

export const verdictOn = (message: Message, action: string, more: object = {}): Verdict => ({
  id: idOf(message),
  part: message.part,
  action,
  ...more,
});

export const http = (status: number, body: Uint8Array = new Uint8Array(0)): Reply => ({
  kind: "http",
  status,
  body,
});

export const verdicts = (...all: readonly Verdict[]): Reply => ({
  kind: "http",
  status: 200,
  body: encode(all),
  verdicts: all,
});

const needVerdict = (messages: readonly Message[]): readonly Message[] =>
  messages.filter((each) => each.type !== "response");

export const pass = (messages: readonly Message[]): Reply =>
  verdicts(...needVerdict(messages).map((each) => verdictOn(each, "pass")));

export const block = (messages: readonly Message[]): Reply =>
  verdicts(
    ...needVerdict(messages).map((each) =>
      verdictOn(each, "block", { status: 403, attacks: ["ptrav"] }),
    ),
  );

export const silence: Reply = { kind: "silence" };

/** Cut before anything was answered. */
export const reset: Reply = { kind: "raw", bytes: new Uint8Array(0), reset: true };

/** The bytes of a reply as HTTP/1.1. */
export function serialize(reply: Reply & { kind: "http" }): Buffer {
  const node = reply.node === false ? "" : "x-wallarm-node: 0.0.1-stand-in\r\n";
  const head =
    `HTTP/1.1 ${reply.status} Whatever\r\n${node}content-type: application/msgpack\r\n` +
    `content-length: ${reply.body.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), reply.body]);
}

/** The beginning of a good answer, then a reset. */
export function resetMidway(messages: readonly Message[]): Reply {
  const whole = serialize(pass(messages) as Reply & { kind: "http" });
  return { kind: "raw", bytes: whole.subarray(0, whole.length - 5), reset: true };
}

/** A good answer a byte at a time, or its head at once and only the body so. */
export function trickle(messages: readonly Message[], what: "all" | "body"): Reply {
  const whole = serialize(pass(messages) as Reply & { kind: "http" });
  const head = what === "all" ? 0 : whole.indexOf("\r\n\r\n") + 4;
  return { kind: "trickle", atOnce: whole.subarray(0, head), rest: whole.subarray(head) };
}
