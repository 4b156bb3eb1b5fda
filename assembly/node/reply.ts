// What does the body of a node's answer say about one part of one request? (docs/node-protocol.md, "Answer")
import { RequestId } from "../request-id";
import { MsgpackReader } from "./msgpack-reader";
import { Outcome } from "./outcome";

const MAX_TEXT_BYTES: i32 = 200;
const MAX_ATTACKS_KEPT: i32 = 8;

export class Reply {
  /** Attack types that the node found, comma separated, or why there is no verdict. */
  detail: string = "";

  constructor(public outcome: Outcome) {}
}

/** The verdict on part `part` of request `id`, or the reason why the answer has none. */
export function readReply(body: ArrayBuffer, id: RequestId, part: u32): Reply {
  const reader = new MsgpackReader(body);
  const count = reader.readArrayHeader();
  let found: Reply | null = null;
  for (let i: u32 = 0; i < count && !reader.failed; i++) {
    const verdict = readVerdict(reader, id, part);
    if (verdict === null) continue;
    if (found !== null && (<Reply>found).outcome != verdict.outcome) {
      return replyWith(Outcome.Unanswered, "two verdicts that differ");
    }
    found = verdict;
  }
  if (reader.failed || !reader.ended) {
    return replyWith(Outcome.Malformed, "body is not an array of verdicts in msgpack");
  }
  if (found === null) return replyWith(Outcome.Unanswered, "");
  return found;
}

/** The text of an error answer, `{error: str}`; empty if it has none. */
export function readError(body: ArrayBuffer): string {
  const reader = new MsgpackReader(body);
  const entries = reader.readMapHeader();
  let text = "";
  for (let i: u32 = 0; i < entries && !reader.failed; i++) {
    if (reader.readText(MAX_TEXT_BYTES) == "error") text = reader.readText(MAX_TEXT_BYTES);
    else reader.skip();
  }
  return reader.failed ? "" : text;
}

function replyWith(outcome: Outcome, detail: string): Reply {
  const reply = new Reply(outcome);
  reply.detail = detail;
  return reply;
}

/** One verdict; null if it is for another message. Fails the reader where it breaks the contract. */
function readVerdict(reader: MsgpackReader, id: RequestId, part: u32): Reply | null {
  const entries = reader.readMapHeader();
  let isOurs = false;
  let itsPart: u32 = u32.MAX_VALUE;
  let action = "";
  let attacks = "";
  let error = "";
  for (let i: u32 = 0; i < entries && !reader.failed; i++) {
    const key = reader.readText(32);
    if (key == "id") {
      const high = reader.readId();
      isOurs = id.equals(high, reader.idLow);
    } else if (key == "part") itsPart = reader.readU32();
    else if (key == "action") action = reader.readText(16);
    else if (key == "attacks") attacks = readAttacks(reader);
    else if (key == "error") error = reader.readText(MAX_TEXT_BYTES);
    else reader.skip(2);
  }
  if (reader.failed || !isOurs) return null;
  if (error.length > 0)
    return itsPart == part || itsPart == u32.MAX_VALUE ? replyWith(Outcome.Undecided, error) : null;
  if (itsPart != part) return null;
  if (action == "pass") return new Reply(Outcome.Pass);
  if (action == "block") return replyWith(Outcome.Block, attacks);
  return replyWith(Outcome.Malformed, 'action "' + action + '" is neither pass nor block');
}

function readAttacks(reader: MsgpackReader): string {
  const count = reader.readArrayHeader();
  let names = "";
  for (let i: u32 = 0; i < count && !reader.failed; i++) {
    const name = reader.readText(32);
    if (i < u32(MAX_ATTACKS_KEPT)) names += (i > 0 ? "," : "") + name;
  }
  return names;
}
