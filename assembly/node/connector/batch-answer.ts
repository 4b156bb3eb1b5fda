// What does a node's answer say about the messages of a batch? Each of a request has a verdict of its own there, matched by
// id and part; nobody acts on it, but without one the message counts as lost. Those of responses have none: an array, empty
// where there are no others, says that they were taken. Nothing is allocated for those that are well.
import { Outbox } from "../../outbox";
import { RequestId } from "../../request-id";
import { Outcome } from "../outcome";
import { Reply } from "../reply";
import { Batch } from "./batch";
import { MsgpackReader } from "./msgpack-reader";
import { ACTION, BLOCK, ERROR, ID, MAX_TEXT_BYTES, PART, PASS } from "./verdict";

/** Tells the outbox what became of each message. */
export function settleBatch(batch: Batch, body: ArrayBuffer, outbox: Outbox): void {
  const answer = new BatchAnswer(body, batch);
  if (!answer.isWhole()) {
    outbox.lost(batch.count, batch.someId, new Reply(Outcome.Malformed));
    return;
  }
  const missing = batch.asked - answer.judged - answer.undecided;
  outbox.sent(batch.count - answer.undecided - missing);
  const id = answer.undecidedId;
  if (id !== null) {
    outbox.lost(answer.undecided, id, new Reply(Outcome.Undecided, answer.error));
  }
  if (missing > 0) outbox.lost(missing, batch.untaken(), new Reply(Outcome.Unanswered));
}

class BatchAnswer {
  judged: u32 = 0;
  undecided: u32 = 0;
  /** One of these, and what the node says of it. */
  undecidedId: RequestId | null = null;
  error: string = "";
  private readonly reader: MsgpackReader;

  constructor(
    body: ArrayBuffer,
    private readonly batch: Batch,
  ) {
    this.reader = new MsgpackReader(body);
  }

  /** Reads all of it. False: it is no array of verdicts. */
  isWhole(): bool {
    const reader = this.reader;
    const count = reader.readArrayHeader();
    for (let i: u32 = 0; i < count && !reader.failed; i++) this.readVerdict();
    return !reader.failed && reader.ended;
  }

  private readVerdict(): void {
    const reader = this.reader;
    let high: u64 = 0;
    let low: u64 = 0;
    let part: u32 = 0;
    let action: u64 = 0;
    let hasPart = false;
    let error: string | null = null;
    const entries = reader.readMapHeader();
    for (let i: u32 = 0; i < entries && !reader.failed; i++) {
      const key = reader.readWord();
      if (key == ID) {
        high = reader.readId();
        low = reader.idLow;
      } else if (key == PART) {
        part = reader.readU32();
        hasPart = true;
      } else if (key == ACTION) action = reader.readWord();
      else if (key == ERROR) error = reader.readText(MAX_TEXT_BYTES);
      else reader.skip(2);
    }
    if (reader.failed) return;
    if (error === null && (!hasPart || (action != PASS && action != BLOCK))) return;
    if (!this.batch.take(high, low, part, !hasPart)) return;
    if (error === null) this.judged++;
    else {
      this.undecided++;
      this.undecidedId = this.batch.someId;
      this.error = error;
    }
  }
}
