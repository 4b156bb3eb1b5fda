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
const ATTACKS: u64 = 0x61747461636b73;
const STATUS: u64 = 0x737461747573;
const APPLICATION: u64 = 0xfea73e0b3b45e385;
/** What a verdict may hold once; keys that are not among them are passed over. */
const KEYS: StaticArray<u64> = [ID, PART, ACTION, ERROR, ATTACKS, STATUS, APPLICATION];

/** The verdict on part `part` of request `id`, or the reason why the answer has none. */
export function readReply(body: ArrayBuffer, id: RequestId, part: u32): Reply {
  const reader = new MsgpackReader(body);
  const count = reader.readArrayHeader();
  let found: Reply | null = null;
  for (let i: u32 = 0; i < count && !reader.failed; i++) {
    const verdict = readVerdict(reader, id, part);
    if (verdict === null) continue;
    if (found !== null && (<Reply>found).outcome != verdict.outcome) {
      return new Reply(Outcome.Unanswered, "two verdicts that differ");
    }
    found = verdict;
  }
  if (reader.failed || !reader.ended) {
    return new Reply(Outcome.Malformed, "no array of verdicts in msgpack");
  }
  if (found === null) return new Reply(Outcome.Unanswered, "");
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

/** One verdict; null if it is for another message. */
function readVerdict(reader: MsgpackReader, id: RequestId, part: u32): Reply | null {
  const verdict = new Verdict(id);
  verdict.readFrom(reader);
  if (reader.failed || !verdict.isOurs) return null;
  if (verdict.has(ERROR)) {
    const isOurs = verdict.part == part || !verdict.has(PART);
    return isOurs ? new Reply(Outcome.Undecided, verdict.error) : null;
  }
  if (!verdict.has(PART) || verdict.part != part) return null;
  if (verdict.action == PASS) return new Reply(Outcome.Pass);
  if (verdict.action == BLOCK) return new Reply(Outcome.Block, verdict.attacks);
  return new Reply(Outcome.Malformed, "action is neither pass nor block");
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
