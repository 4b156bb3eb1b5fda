// What does a held request pin beside its body, is there room for what it declares to send, and does it give way when memory is full?
// It does if its client takes too long to send what it began.
import { Admission, Applicant } from "../admission";
import { Ledger, Tenant } from "../ledger";
import { Timers } from "../timers";
import { RequestInspection } from "./request-inspection";

/** Younger requests are not judged by their pace. */
const LEAST_TICKS: i32 = 10;
/** Bytes of body for each tick of 100 ms since the request began. */
const PACE: u64 = 1024;
/** Bytes; shorter bodies are promised nothing: their client gives way if it is slow. */
const LEAST_PROMISED: u64 = 131072;

/** Where it stands among those that want room for large bodies. */
@final
class Application extends Applicant {
  constructor(
    private readonly inspection: RequestInspection,
    private readonly bytes: u64,
  ) {
    super();
  }

  get bytesWanted(): u64 {
    return this.bytes;
  }

  get bytesSeen(): u64 {
    return this.inspection.bodySeen;
  }

  admit(): void {
    this.inspection.onAdmitted();
  }
}

@final
export class RequestTenancy extends Tenant {
  private since: i32;
  /** Bytes of the head and the trailers. */
  private pinned: u32 = 0;
  /** Of a large body. */
  private application: Application | null = null;

  constructor(
    private readonly inspection: RequestInspection,
    private readonly ledger: Ledger,
    private readonly admission: Admission,
    private readonly timers: Timers,
  ) {
    super();
    this.since = timers.tick;
  }

  isSlow(tick: i32): bool {
    const age = tick - this.since;
    const isTooSlow = this.inspection.bodySeen < u64(age) * PACE;
    return age >= LEAST_TICKS && isTooSlow && this.inspection.awaitsClient;
  }

  evict(): void {
    this.leave();
    this.inspection.evict();
  }

  /** The client is waited for, and `bytes` of its body are to be held. */
  waitForClient(bytes: u64): void {
    this.ledger.list(this);
    if (bytes < LEAST_PROMISED) return;
    const application = new Application(this.inspection, bytes);
    this.application = application;
    this.admission.apply(application, this.timers.tick);
  }

  /** There is no room for its body yet: nothing of it may be read. */
  get isInLine(): bool {
    const application = this.application;
    return application !== null && application.isInLine;
  }

  /** It has waited: its client is not to blame for that. */
  noteAdmitted(): void {
    this.since = this.timers.tick;
  }

  /** All that it declared has its room, or had it. */
  get isPromised(): bool {
    const application = this.application;
    return application !== null && application.promised > 0;
  }

  noteArrived(bytes: u32): void {
    const application = this.application;
    if (application !== null) this.admission.noteArrived(application, bytes);
  }

  /** Whether `bytes` more can be held, if need be in the place of slow clients' requests. */
  hasRoomFor(bytes: u32): bool {
    return this.ledger.makeRoomFor(bytes, this.timers.tick);
  }

  /** False: there is no room for it. */
  pin(bytes: u32): bool {
    if (!this.hasRoomFor(bytes)) return false;
    this.pinned += bytes;
    this.ledger.noteHeld(bytes);
    return true;
  }

  /** Nothing of head and trailers is held any more, and the client is not waited for. */
  leave(): void {
    const application = this.application;
    if (application !== null) this.admission.leave(application);
    this.ledger.unlist(this);
    this.ledger.noteReleased(this.pinned);
    this.pinned = 0;
  }
}
