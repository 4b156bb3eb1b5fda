// Does what a client declares to send fit into memory? A large body is promised its room before the first byte of it is read; where
// there is none, the request waits in line with its head, and the gateway reads no more of it than its buffer holds. So no upload
// has to be cut into pieces, or to be sent away, because others came at the same moment.
import { Ledger } from "./ledger";

/** Of the limit of the ledger this part is left for heads, and for bodies whose length nobody knows. */
const LEFT: u64 = 8;
/** Ticks after which a promise is worth what its client's pace makes of it. */
const TRUSTED_TICKS: i32 = 3;
/** Ticks that are looked ahead then, and bytes that each may expect in them. */
const AHEAD_TICKS: u64 = 10;
const AHEAD_BYTES: u64 = 65536;
/** Ticks in line, after which a request goes on without a promise: as if its length were unknown. */
const LINE_TICKS: i32 = 50;

/** As memory belongs to the VM, so do promises. */
let promisedInVm: u64 = 0;

/** A request with a large body. */
export abstract class Applicant {
  nextPromised: Applicant | null = null;
  previousPromised: Applicant | null = null;
  /** Bytes that may still come of what was promised. */
  promised: u64 = 0;
  /** It waits in line. */
  isInLine: bool = false;
  /** The tick at which it got its promise, or came into line. */
  appliedAtTick: i32 = 0;

  abstract get bytesWanted(): u64;

  abstract get bytesSeen(): u64;

  /** Its turn has come. */
  abstract admit(): void;
}

export class Admission {
  private promised: Applicant | null = null;
  private line: Array<Applicant> = new Array<Applicant>();
  private trimmedAtTick: i32 = -1;

  constructor(private readonly ledger: Ledger) {}

  /** True: it has its promise. False: it waits in line, and `admit` will be called. */
  apply(applicant: Applicant, tick: i32): bool {
    applicant.appliedAtTick = tick;
    const wanted = applicant.bytesWanted;
    // What can never be promised is not waited for.
    if (wanted == 0 || wanted > this.limit) return true;
    if (this.line.length == 0 && this.hasRoomFor(wanted, tick)) {
      this.promise(applicant, wanted);
      return true;
    }
    applicant.isInLine = true;
    this.line.push(applicant);
    return false;
  }

  /** `bytes` of what was promised have come, and are in the ledger now. */
  noteArrived(applicant: Applicant, bytes: u64): void {
    this.lower(applicant, applicant.promised - min(applicant.promised, bytes));
  }

  /** Nothing more of it is held. */
  leave(applicant: Applicant): void {
    this.lower(applicant, 0);
    if (!applicant.isInLine) return;
    applicant.isInLine = false;
    this.line.splice(this.line.indexOf(applicant), 1);
  }

  onTick(tick: i32): void {
    while (this.line.length > 0) {
      const first = this.line[0];
      const hasRoom = this.hasRoomFor(first.bytesWanted, tick);
      if (!hasRoom && tick - first.appliedAtTick < LINE_TICKS) return;
      this.line.shift();
      first.isInLine = false;
      first.appliedAtTick = tick;
      if (hasRoom) this.promise(first, first.bytesWanted);
      first.admit();
    }
  }

  private get limit(): u64 {
    return this.ledger.limit - this.ledger.limit / LEFT;
  }

  private hasRoomFor(bytes: u64, tick: i32): bool {
    if (this.fits(bytes)) return true;
    if (this.trimmedAtTick != tick) this.trim(tick);
    return this.fits(bytes);
  }

  private fits(bytes: u64): bool {
    return this.ledger.pinnedInVm + promisedInVm + bytes <= this.limit;
  }

  /** Whoever sends slowly, or nothing, keeps nobody waiting. */
  private trim(tick: i32): void {
    this.trimmedAtTick = tick;
    let each = this.promised;
    while (each !== null) {
      const next = each.nextPromised;
      const age = tick - each.appliedAtTick;
      if (age >= TRUSTED_TICKS) {
        const ahead = (each.bytesSeen * AHEAD_TICKS) / u64(age) + AHEAD_BYTES;
        this.lower(each, min(each.promised, ahead));
      }
      each = next;
    }
  }

  private promise(applicant: Applicant, bytes: u64): void {
    applicant.promised = bytes;
    promisedInVm += bytes;
    const first = this.promised;
    if (first !== null) first.previousPromised = applicant;
    applicant.nextPromised = first;
    this.promised = applicant;
  }

  private lower(applicant: Applicant, to: u64): void {
    if (applicant.promised == to) return;
    promisedInVm -= applicant.promised - to;
    applicant.promised = to;
    if (to > 0) return;
    const next = applicant.nextPromised;
    const previous = applicant.previousPromised;
    if (next !== null) next.previousPromised = previous;
    if (previous !== null) previous.nextPromised = next;
    else this.promised = next;
    applicant.nextPromised = null;
    applicant.previousPromised = null;
  }
}
