// What does the body of a node's answer say about one part of one request? (docs/node-protocol.md, "Answer")
import { RequestId } from "../../request-id";
import { Outcome } from "../outcome";
import { Reply } from "../reply";
import { MsgpackReader } from "./msgpack-reader";

export const MAX_TEXT_BYTES: u32 = 200;
/** Longer than any key, action or attack type of the contract. */
const MAX_KEY_BYTES: u32 = 32;
const MAX_ATTACKS_KEPT: u32 = 8;
/** Keys and actions of the contract, as `readWord` gives them. */
export const ID: u64 = 0x6964;
export const PART: u64 = 0x70617274;
export const ACTION: u64 = 0x616374696f6e;
export const ERROR: u64 = 0x6572726f72;
export const PASS: u64 = 0x70617373;
export const BLOCK: u64 = 0x626c6f636b;
const LACKS: u64 = 0x6c61636b73;
const ATTACKS: u64 = 0x61747461636b73;
const STATUS: u64 = 0x737461747573;
const APPLICATION: u64 = 0xfea73e0b3b45e385;
/** What a verdict may hold once; keys that are not among them are passed over. */
const KEYS: StaticArray<u64> = [ID, PART, ACTION, ERROR, LACKS, ATTACKS, STATUS, APPLICATION];

/**
 * The verdict on part `part` of request `id`, or the reason why the answer has none. Where all parts from `first` on were asked
 * about, a block for an earlier one is a block.
 */
export function readReply(body: ArrayBuffer, id: RequestId, part: u32, first: u32): Reply {
  const reader = new MsgpackReader(body);
  const count = reader.readArrayHeader();
  let found: Reply | null = null;
  let earlier: Reply | null = null;
  let differ = false;
  for (let i: u32 = 0; i < count && !reader.failed; i++) {
    const verdict = new Verdict(id);
    verdict.readFrom(reader);
    if (reader.failed) break;
    if (verdict.isBlockOf(first, part)) earlier = new Reply(Outcome.Block, verdict.attacks);
    const reply = verdict.replyOn(part);
    if (reply === null) continue;
    differ = differ || (found !== null && (<Reply>found).outcome != reply.outcome);
    found = reply;
  }
  if (reader.failed || !reader.ended) {
    return new Reply(Outcome.Malformed, "no array of verdicts in msgpack");
  }
  if (earlier !== null) return earlier;
  if (differ) return new Reply(Outcome.Unanswered, "two verdicts that differ");
  return found === null ? new Reply(Outcome.Unanswered, "") : found;
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

/** What a verdict says about the message with this id. */
class Verdict {
  isOurs: bool = false;
  part: u32 = u32.MAX_VALUE;
  action: u64 = 0;
  attacks: string = "";
  error: string = "";
  /** A bit for each of KEYS that was read. */
  private keys: u32 = 0;

  constructor(private readonly id: RequestId) {}

  has(key: u64): bool {
    return (this.keys & bitOf(key)) != 0;
  }

  /** Null: it is about another message. */
  replyOn(part: u32): Reply | null {
    if (!this.isOurs) return null;
    if (this.has(ERROR)) {
      const isOurs = this.part == part || !this.has(PART);
      return isOurs ? new Reply(Outcome.Undecided, this.error) : null;
    }
    if (!this.has(PART) || this.part != part) return null;
    if (this.has(LACKS)) return new Reply(Outcome.PartsMissing);
    if (this.action == PASS) return new Reply(Outcome.Pass);
    if (this.action == BLOCK) return new Reply(Outcome.Block, this.attacks);
    return new Reply(Outcome.Malformed, "action is neither pass nor block");
  }

  /** It blocks one of the parts from `first` up to and without `end`. */
  isBlockOf(first: u32, end: u32): bool {
    const isOneOfThem = this.isOurs && this.has(PART) && this.part >= first && this.part < end;
    return isOneOfThem && this.action == BLOCK && !this.has(ERROR);
  }

  /** Fails the reader where the verdict breaks the contract: of two values for one key, neither can be trusted. */
  readFrom(reader: MsgpackReader): void {
    const entries = reader.readMapHeader();
    for (let i: u32 = 0; i < entries && !reader.failed; i++) {
      const key = reader.readWord();
      const bit = bitOf(key);
      if ((this.keys & bit) != 0) reader.fail();
      this.keys |= bit;
      this.readValue(reader, key);
    }
  }

  private readValue(reader: MsgpackReader, key: u64): void {
    if (key == ID) {
      const high = reader.readId();
      this.isOurs = this.id.equals(high, reader.idLow);
    } else if (key == PART) this.part = reader.readU32();
    else if (key == ACTION) this.action = reader.readWord();
    else if (key == ATTACKS) this.attacks = readAttacks(reader);
    else if (key == ERROR) this.error = reader.readText(MAX_TEXT_BYTES);
    else reader.skip(2);
  }
}

/** 0 for keys that are not ours. */
function bitOf(key: u64): u32 {
  for (let i = 0; i < KEYS.length; i++) if (unchecked(KEYS[i]) == key) return 1 << i;
  return 0;
}

function readAttacks(reader: MsgpackReader): string {
  const count = reader.readArrayHeader();
  let names = "";
  for (let i: u32 = 0; i < count && !reader.failed; i++) {
    const name = reader.readText(MAX_KEY_BYTES);
    if (i < MAX_ATTACKS_KEPT) names += (i > 0 ? "," : "") + name;
  }
  return names;
}
