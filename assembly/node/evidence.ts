// Does a node live and judge? What became of a question can't tell: its client may have seen to that. A verdict on a question
// that was asked later can, or one on a canary, a message of the policy's own (docs/node-protocol.md, "Probe").
import { Question } from "./question";

/** How often a canary is sent again that met nobody; of a node that has answered lately, some host behind its name may live. */
const CANARIES: u32 = 3;
const CANARIES_OF_LIVING: u32 = 23;
/** So many of them before the next tick. */
const CANARIES_AT_ONCE: u32 = 4;
/** So long a node that has answered is taken to be busy where the gateway refuses a call, and not to be gone. */
const BUSY_TICKS: i32 = 20;

export abstract class Evidence {
  /** Calls and streams of this policy that wait for this node. */
  private waiting: i32 = 0;
  /** The tick at which one of them ended: the gateway has its room back only after that callback. */
  private freedAtTick: i32 = i32.MIN_VALUE;
  /** The tick of its last answer. */
  answeredAtTick: i32 = i32.MIN_VALUE / 2;
  /** Questions and canaries that it was asked, in their order. */
  private asked: u64 = 0;
  /** The last of these that has a verdict, and the last canary that has none. */
  private judged: u64 = 0;
  private missed: u64 = 0;
  /** Of the canary that is under way; 0: none is. */
  private canary: u64 = 0;
  /** So often the canary may still be sent again: of many hosts behind one name it may have met one that is gone. */
  private canaries: u32 = 0;
  /** Verdicts so far, and when the canary was sent. */
  private verdicts: u64 = 0;
  private verdictsBefore: u64 = 0;
  /** What waits for the canary. */
  private doubtful: Array<Question> = new Array<Question>();

  /** A call or a stream waits for it from now on. */
  noteWait(): void {
    this.waiting++;
  }

  /** One of these is over. */
  noteFreed(tick: i32): void {
    this.waiting--;
    this.freedAtTick = tick;
  }

  get isWaitedFor(): bool {
    return this.waiting > 0;
  }

  /** The gateway may have refused a call only because its room was not free yet. */
  wasFreedAt(tick: i32): bool {
    return this.freedAtTick == tick;
  }

  nextTurn(): u64 {
    return ++this.asked;
  }

  noteVerdict(turn: u64): void {
    this.verdicts++;
    this.judged = max(this.judged, turn);
  }

  /** Something that was asked after `turn` has a verdict. */
  hasJudgedSince(turn: u64): bool {
    return this.judged > turn;
  }

  /** A canary that was sent after `turn` has none. */
  hasMissedSince(turn: u64): bool {
    return this.missed > turn;
  }

  /** A canary that tells something of `turn` is under way, or has told it. */
  isQuestionedSince(turn: u64): bool {
    return this.canary != 0 || this.hasJudgedSince(turn) || this.hasMissedSince(turn);
  }

  get hasCanary(): bool {
    return this.canary != 0;
  }

  /** It is to be sent once more, with the next tick. */
  canaryWaits: bool = false;

  /** The canary is given up at this tick, though the host has not called back. */
  canaryIsLateAtTick: i32 = i32.MAX_VALUE;

  hasAnsweredLately(tick: i32): bool {
    return tick - this.answeredAtTick < BUSY_TICKS;
  }

  noteCanary(tick: i32, lateAtTick: i32): void {
    if (this.canary == 0) {
      this.canary = this.nextTurn();
      this.canaries = this.hasAnsweredLately(tick) ? CANARIES_OF_LIVING : CANARIES;
      this.verdictsBefore = this.verdicts;
    }
    this.canaryIsLateAtTick = lateAtTick;
  }

  /** The canary has met nobody. True: it is to be sent once more. */
  takeCanary(): bool {
    if (this.canaries == 0 || this.verdicts != this.verdictsBefore) return false;
    this.canaries--;
    return true;
  }

  /** Who else is asked may keep step with canaries, so that each meets the host that is gone: the next go out at another time. */
  get canaryRests(): bool {
    return this.canaries > 0 && this.canaries % CANARIES_AT_ONCE == 0;
  }

  doubt(question: Question): void {
    this.doubtful.push(question);
  }

  /** The canary is answered, or not. Gives what waited for it. */
  settleCanary(isAnswered: bool): Array<Question> {
    // One that waits behind thousands of others may have no answer while they have theirs.
    if (isAnswered || this.verdicts != this.verdictsBefore) this.noteVerdict(this.canary);
    else this.missed = max(this.missed, this.canary);
    this.canary = 0;
    const settled = this.doubtful;
    this.doubtful = new Array<Question>();
    return settled;
  }
}
