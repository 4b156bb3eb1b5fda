/** What may the policy make of an answer over HTTP? By docs/node-protocol.md, worked out apart from the policy. */
import type { Pair } from "../host/pairs.ts";
import { decodeMsgpack, type Value } from "./msgpack.ts";

export type Verdict = "pass" | "block" | "none";

export interface Answer {
  /** Empty: the call failed. */
  readonly headers: readonly Pair[];
  readonly body: Uint8Array;
}

const LARGEST = 64 * 1024;

/** Did the node itself take what it was told? That is all that is asked where nobody waits. */
export function isTaken({ headers, body }: Answer): boolean {
  const value = (name: string): string | undefined => headers.find(([key]) => key === name)?.[1];
  return (
    value(":status") === "200" && value("x-wallarm-node") !== undefined && body.length <= LARGEST
  );
}

/** A node has said something, be it that it has no time; what a host says in its place has none of its signs. */
export const isHeardOf = ({ headers }: Answer): boolean =>
  headers.some(([key]) => key === "x-wallarm-node" || key === "x-envoy-upstream-service-time");

/** What the node itself said for sure, and no host in its place. */
export function isOfNode({ headers }: Answer): boolean {
  const status = headers.find(([key]) => key === ":status")?.[1];
  // Its 503 asks for patience: who knows whether it is there when that ends?
  return headers.some(([key]) => key === "x-wallarm-node") && status !== "503";
}

/** The verdict on part `part` of the request with this id. */
export function verdictIn(answer: Answer, id: string, part: number): Verdict {
  const found = verdictsIn(answer, id, part);
  return found.size === 1 ? [...found][0]! : "none";
}

/** Of a part that had its verdict, and was told once more with those behind it: a block is one, whatever else is said. */
export const isBlockedIn = (answer: Answer, id: string, part: number): boolean =>
  verdictsIn(answer, id, part).has("block");

function verdictsIn(answer: Answer, id: string, part: number): Set<Verdict> {
  const value = isTaken(answer) ? decodeMsgpack(answer.body) : undefined;
  const found = new Set<Verdict>();
  for (const item of value?.kind === "array" ? value.items : []) {
    const verdict = judge(item, id, part);
    if (verdict === "malformed") return new Set();
    if (verdict !== "of another") found.add(verdict);
  }
  return found;
}

type Judged = Verdict | "of another" | "malformed";
const KNOWN = ["id", "part", "action", "status", "attacks", "application", "error", "lacks"];

function judge(item: Value, id: string, part: number): Judged {
  const fields = fieldsOf(item);
  if (fields === undefined || !isWellFormed(fields)) return "malformed";
  const itsId = textOf(fields.get("id"));
  const itsPart = numberOf(fields.get("part"));
  if (itsId !== id) return "of another";
  if (fields.has("error")) return itsPart === undefined || itsPart === part ? "none" : "of another";
  if (itsPart !== part) return "of another";
  if (fields.has("lacks")) return "none";
  const action = textOf(fields.get("action"));
  return action === "pass" || action === "block" ? action : "none";
}

/** Undefined where a key is no text, or a known one stands there twice. */
function fieldsOf(item: Value): Map<string, Value> | undefined {
  if (item.kind !== "map") return undefined;
  const fields = new Map<string, Value>();
  for (const [key, value] of item.entries) {
    if (key.kind !== "str") return undefined;
    if (KNOWN.includes(key.text) && fields.has(key.text)) return undefined;
    fields.set(key.text, value);
  }
  return fields;
}

function isWellFormed(fields: ReadonlyMap<string, Value>): boolean {
  const is = (key: string, right: (value: Value) => boolean): boolean => {
    const value = fields.get(key);
    return value === undefined || right(value);
  };
  const isText = ({ kind }: Value): boolean => kind === "str";
  return (
    is("id", (value) => value.kind === "bin" && value.text.length === 16) &&
    is("part", (value) => value.kind === "int" && value.value >= 0 && value.value < 2 ** 32) &&
    is("action", isText) &&
    is("error", isText) &&
    is("attacks", (value) => value.kind === "array" && value.items.every(isText))
  );
}

const textOf = (value: Value | undefined): string | undefined =>
  value !== undefined && "text" in value ? value.text : undefined;
const numberOf = (value: Value | undefined): number | undefined =>
  value?.kind === "int" ? value.value : undefined;
