/** What may come back to an HTTP call? The node's answer, right or not; another's in its place; or nothing. */
import type { Choices } from "../choices.ts";
import type { Pair } from "../host/pairs.ts";
import type { Answer } from "../oracle/http-answer.ts";
import { anything, array, bin, int, latin1, map, str, type Bytes } from "./msgpack.ts";
import { mutate, overlong } from "./mutate.ts";

/** A message that waits for a verdict. `id` as Latin-1. */
export interface Asked {
  readonly id: string;
  readonly part: number;
}

const NODE: Pair = ["x-wallarm-node", "1.0"];

/** `care`: the higher, the more answers are right. */
export function httpAnswer(choices: Choices, asked: readonly Asked[], care: number): Answer {
  const kind = choices.int(care + 12) - care;
  if (kind < 0) return { headers: head(choices, "200"), body: verdicts(choices, asked, true) };
  const right = (): Uint8Array => verdicts(choices, asked, false);
  switch (kind) {
    case 0:
      return { headers: [], body: new Uint8Array() };
    case 1:
      return { headers: [[":status", choices.pick(["503", "504", "200", "302"])]], body: right() };
    case 2:
      return { headers: head(choices, choices.pick(STATUSES)), body: right() };
    case 3:
      return { headers: head(choices, choices.pick(STATUSES)), body: errorBody(choices) };
    case 4:
      return {
        headers: head(choices, "200"),
        body: new Uint8Array(choices.pick([0, 1, 65_536, 65_537, 70_000])),
      };
    case 5:
    case 6:
      return { headers: head(choices, "200"), body: mutate(choices, right()) };
    case 7:
      return { headers: head(choices, "200"), body: choices.bytes(choices.int(40)) };
    default:
      return { headers: head(choices, "200"), body: right() };
  }
}

const STATUSES = ["200", "204", "403", "404", "413", "415", "426", "500", "502", "503", "504"];

function head(choices: Choices, status: string): Pair[] {
  const pairs: Pair[] = [[":status", status], NODE];
  if (choices.oneIn(8)) pairs.push(["content-type", "application/msgpack"]);
  return choices.oneIn(8) ? pairs.reverse() : pairs;
}

function errorBody(choices: Choices): Uint8Array {
  const body = map(choices, [
    [...str(choices, latin1("error")), ...str(choices, latin1("too slow"))],
  ]);
  return choices.oneIn(4) ? mutate(choices, Uint8Array.from(body)) : Uint8Array.from(body);
}

/** An array of verdicts on what was asked; `isPlain`: one for each, well-formed. */
function verdicts(choices: Choices, asked: readonly Asked[], isPlain: boolean): Uint8Array {
  const items = asked.map((one) => verdict(choices, one, isPlain));
  if (!isPlain || choices.oneIn(20)) {
    const more = choices.int(3);
    for (let i = 0; i < more; i++) {
      const other = asked.length > 0 && choices.oneIn(2) ? choices.pick(asked) : stranger(choices);
      items.splice(choices.int(items.length + 1), 0, verdict(choices, other, !choices.oneIn(4)));
    }
  }
  const body = array(choices, items);
  return Uint8Array.from(!isPlain && choices.oneIn(20) ? [...body, choices.int(256)] : body);
}

const stranger = (choices: Choices): Asked => ({
  id: Buffer.from(choices.bytes(16)).toString("latin1"),
  part: choices.int(3),
});

function verdict(choices: Choices, { id, part }: Asked, isPlain: boolean): Bytes {
  const action = choices.weighted([5, "pass"], [1, "block"]);
  const text = (value: string): Bytes => str(choices, latin1(value));
  const entry = (key: string, value: Bytes): Bytes => [...text(key), ...value];
  const odd = (right: () => Bytes, wrong: () => Bytes): Bytes =>
    !isPlain && choices.oneIn(8) ? wrong() : right();
  const entries = [
    entry(
      "id",
      odd(
        () => bin(choices, latin1(id)),
        () => wrongId(choices, id),
      ),
    ),
    entry(
      "part",
      odd(
        () => int(choices, part),
        () => wrongPart(choices, part),
      ),
    ),
    entry(
      "action",
      odd(
        () => text(action),
        () => wrongAction(choices),
      ),
    ),
  ];
  if (choices.oneIn(isPlain ? 6 : 2)) entries.push(extra(choices, isPlain));
  if (!isPlain) disturb(choices, entries);
  const turn = choices.int(entries.length);
  return map(choices, [...entries.slice(turn), ...entries.slice(0, turn)]);
}

function disturb(choices: Choices, entries: Bytes[]): void {
  if (choices.oneIn(10)) entries.splice(choices.int(entries.length), 1);
  if (choices.oneIn(10)) entries.push(choices.pick(entries.length > 0 ? entries : [[0xa0, 0xc0]]));
  if (choices.oneIn(14)) entries.push([...anything(choices), ...anything(choices)]);
  if (choices.oneIn(14))
    entries.push([...str(choices, overlong(choices, "action")), ...str(choices, latin1("pass"))]);
}

function wrongId(choices: Choices, id: string): Bytes {
  const at = choices.int(16);
  const near =
    id.slice(0, at) +
    String.fromCharCode(id.charCodeAt(at) ^ (1 << choices.int(8))) +
    id.slice(at + 1);
  return choices.pick<() => Bytes>([
    () => bin(choices, latin1(near)),
    () => bin(choices, latin1(id.slice(1))),
    () => bin(choices, latin1(`${id}\0`)),
    () => str(choices, latin1(id)),
    () => anything(choices),
  ])();
}

function wrongPart(choices: Choices, part: number): Bytes {
  if (choices.oneIn(3)) return anything(choices);
  return int(
    choices,
    choices.pick([part + 1, part === 0 ? 255 : part - 1, part + 256, part + 2 ** 31]),
  );
}

const WRONG_ACTIONS = [
  "Pass",
  "pas",
  "passe",
  "pass\0",
  "",
  "\xffass",
  " pass",
  "allow",
  "blocked",
];

function wrongAction(choices: Choices): Bytes {
  if (choices.oneIn(3)) return anything(choices);
  if (choices.oneIn(2)) return str(choices, overlong(choices, choices.pick(["pass", "block"])));
  return str(choices, latin1(choices.pick(WRONG_ACTIONS)));
}

function extra(choices: Choices, isPlain: boolean): Bytes {
  const text = (value: string): Bytes => str(choices, latin1(value));
  const attacks = (): Bytes =>
    array(choices, choices.pick([[], ["sqli"], ["ptrav", "xss"], ["\xc0\xaf\x07"]]).map(text));
  const value = (right: Bytes): Bytes => (!isPlain && choices.oneIn(4) ? anything(choices) : right);
  return choices.pick<() => Bytes>([
    () => [...text("attacks"), ...value(attacks())],
    () => [...text("status"), ...value(int(choices, 403))],
    () => [...text("application"), ...value(int(choices, 7))],
    () => [...text("later"), ...(isPlain ? [0xc0] : anything(choices))],
    () => [...text("x".repeat(40)), 0xc0],
    () => (isPlain ? [...text("later"), 0xc3] : [...text("error"), ...value(text("overloaded"))]),
  ])();
}
