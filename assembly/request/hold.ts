// What is done with the stream of a held request? The table says what; this does it: takes chunks, puts them back, lets go,
// answers. It knows nothing of nodes. In Envoy (docs/rationale.md, "Why is a body held to its end?"):
// - after StopIterationAndWatermark the body's buffer may be touched in a callback of the body only;
// - after StopIterationAndBuffer it is the stream's own: a later chunk comes merged with what lies in it, and it can be
//   written from any callback. A router that keeps what it got, for a retry, keeps it there;
// - a stream is not continued from inside its own callback: the callback's return value does that.
import {
  BufferType,
  bytesEqual,
  FilterDataStatus,
  getBuffer,
  getBufferSize,
  getEffectiveContext,
  getProperty,
  HeaderMapType,
  prependToBuffer,
  PropertyPath,
  replaceHeader,
  setBuffer,
  setEffectiveContext,
  Status,
} from "as-proxy-wasm";
import { RefusableStream } from "../block-response";
import { BodyStore } from "./body-store";
import { actionOn, HoldAction, HoldEvent, HoldState, stateAfter } from "./hold-table";

const BODY: BufferType = BufferType.HttpRequestBody;
const NOTHING = new ArrayBuffer(0);
/** Envoy's router obeys it and does not send it on. */
const MAX_RETRIES = "x-envoy-max-retries";
/** How often the router has sent the request, 8 bytes. A host that does not know it sends nothing again, or tells nobody. */
const ATTEMPTS = PropertyPath.of(["upstream", "request_attempt_count"]);
/** Bytes. Written at once into the stream's own buffer while more may come: no limit that is in use is below it. */
const SLICE: u64 = 16384;
/** Bytes that a router may keep for a stream that goes on in pieces: they are set aside and restored with each. */
const MOST_KEPT: u32 = 1048576;

/** Does the router keep what it got, to send it again? No attribute tells it: the stream's buffer shows it after a release. */
export enum RouterKeeps {
  Unknown,
  Nothing,
  Something,
}

/** What has become of a piece that was to be written into the stream's own buffer. */
export enum Written {
  /** All of it goes on. */
  Whole,
  /** More of it is to be written, when `look` has seen what the router keeps. */
  Begun,
  /** The router keeps more than can be set aside, or the gateway does not take the bytes: nothing goes on. */
  Impossible,
}

/** What has become of a chunk. */
export enum Chunk {
  Taken,
  /** The gateway does not give its bytes. It lies in the gateway whole, and so does all before it. */
  Unread,
  /** Its bytes, or those before it, can't be put where they belong, or nobody can say which of them are new. */
  Misplaced,
}

@final
export class Hold {
  state: HoldState = HoldState.Head;
  router: RouterKeeps = RouterKeeps.Unknown;
  /** Something of the request went on, and it may be the head alone. */
  hasReleased: bool = false;
  /** The API has begun to answer: nothing will be sent to it again. */
  hasResponse: bool = false;
  /** What the router keeps and was set aside; put in front again as soon as the router has what was let go. */
  private aside: ArrayBuffer | null = null;
  /** What was written last, for telling it from a chunk that begins alike. */
  private piece: ArrayBuffer | null = null;
  /** Bytes at the front of the stream's own buffer that the router keeps. */
  private kept: u32 = 0;
  /** How often the router had sent the request when bytes of ours were last laid into, or taken out of, what it keeps. */
  private attempts: u64 = 0;
  /** It has sent it again since: what it sent then was not what it keeps. The request can't go on. */
  isTorn: bool = false;
  /** The chunk whose callback is running was exchanged for what was judged. */
  private goesOnce: bool = false;
  /** The buffer was not looked at since the last release. */
  private isUnseen: bool = false;
  /** The last answer to a chunk was StopIterationAndBuffer. */
  private isMerged: bool = false;

  constructor(
    private readonly stream: RefusableStream,
    private readonly body: BodyStore,
  ) {}

  get isOver(): bool {
    return this.state >= HoldState.Released;
  }

  /** What the callbacks of headers and trailers answer: they go on. */
  get goesOn(): bool {
    return this.state == HoldState.Flowing || this.state == HoldState.Released;
  }

  /** The next chunk may come merged with what the router keeps. */
  get mayMerge(): bool {
    if (this.state == HoldState.Open) return true;
    return this.state == HoldState.Flowing && this.isMerged && this.router != RouterKeeps.Nothing;
  }

  /** `look` is to be called in the next callback of the root context. */
  get wantsLook(): bool {
    return this.isUnseen && (this.isMerged || this.state == HoldState.Open);
  }

  /** Any event but a chunk. */
  on(event: HoldEvent): HoldAction {
    const action = actionOn(this.state, event);
    this.state = stateAfter(this.state, event);
    return action;
  }

  /**
   * A chunk, in the callback of the body: `size` bytes are in the buffer, `prefix` of them from before (`bytesBefore`), and
   * `room` bytes of the others are to be asked about.
   */
  onChunk(event: HoldEvent, prefix: u32, size: u32, room: u32): Chunk {
    const action = this.on(event);
    if (action == HoldAction.None) return Chunk.Taken;
    const length = size - prefix;
    const isRead = this.body.copy(prefix, length, room, action == HoldAction.Take);
    if (action != HoldAction.Take && this.mayBeSentAgain) this.attempts = countAttempts();
    if (action == HoldAction.Copy) this.body.noteStaged();
    else if (action == HoldAction.Take && isRead) return this.empty(prefix, size);
    else if (prefix > 0 || this.body.putBack(length) != Status.Ok) return Chunk.Misplaced;
    if (isRead || this.state == HoldState.Released) return Chunk.Taken;
    this.state = HoldState.Staged;
    // What comes behind it has its place in the body, though this chunk is not here.
    this.body.clear();
    return Chunk.Unread;
  }

  /**
   * Takes a chunk of `size` bytes, and lets go in its place what was judged up to `end`, a little: by it the router shows whether
   * it keeps anything, and the gateway does not stop reading meanwhile.
   */
  exchange(size: u32, room: u32, end: u64): Chunk {
    if (!this.body.copy(0, size, room, true)) return Chunk.Misplaced;
    if (setBuffer(BODY, NOTHING) != Status.Ok) return Chunk.Misplaced;
    const goes = min(end, SLICE);
    if (this.body.write(goes) != Status.Ok) return Chunk.Misplaced;
    this.piece = getBuffer(BODY, 0, u32(goes));
    this.release(true);
    this.goesOnce = true;
    return Chunk.Taken;
  }

  /** What the callback of the body answers. */
  answerToChunk(): FilterDataStatus {
    this.isMerged = this.state == HoldState.Open;
    if (this.isMerged) return FilterDataStatus.StopIterationAndBuffer;
    if (this.goesOn || this.goesOnce) {
      this.goesOnce = false;
      return FilterDataStatus.Continue;
    }
    // With Watermark the gateway holds what it has and pushes back on the client; with Buffer it would answer 413 at its limit.
    return this.isOver
      ? FilterDataStatus.StopIterationNoBuffer
      : FilterDataStatus.StopIterationAndWatermark;
  }

  /** The head went on, and what is in the stream's buffer goes along if the router sends it again. */
  private get mayBeSentAgain(): bool {
    return this.hasReleased && !this.hasResponse && this.router != RouterKeeps.Nothing;
  }

  /** Whether what waits in the gateway has gone on already, with a retry: it would go on twice. */
  hasGoneAhead(): bool {
    if (!this.mayBeSentAgain || this.body.staged == this.body.released) return false;
    const before = getEffectiveContext();
    if (setEffectiveContext(this.stream.contextId) != Status.Ok) return false;
    const attempts = countAttempts();
    setEffectiveContext(before);
    return attempts != this.attempts;
  }

  /** Lets go what lies in the gateway. In a callback of the stream its return value does it. */
  release(isInCallback: bool): Status {
    this.body.noteReleased();
    this.hasReleased = true;
    this.isUnseen = this.router != RouterKeeps.Nothing && this.body.released > 0;
    if (this.router == RouterKeeps.Nothing) this.body.unpinReleased();
    return isInCallback ? Status.Ok : this.stream.resumeRequest();
  }

  /** Writes what is in the module up to `end` into the stream's own buffer and lets it go. Not in a callback of the stream. */
  writeAndRelease(end: u64, isLast: bool): Written {
    const before = getEffectiveContext();
    if (setEffectiveContext(this.stream.contextId) != Status.Ok) return Written.Impossible;
    const goes = isLast ? end : min(end, this.body.staged + SLICE);
    const isWritten = this.write(goes, isLast);
    setEffectiveContext(before);
    if (!isWritten) return Written.Impossible;
    // Where more follows, what did not go on can't be told from what the router keeps any more.
    if (this.release(false) != Status.Ok && !isLast) return Written.Impossible;
    return goes == end ? Written.Whole : Written.Begun;
  }

  /** Nothing else is in the buffer then: what the router keeps is set aside. */
  private write(end: u64, isLast: bool): bool {
    const size = getBufferSize(BODY);
    if (this.isUnseen) this.learnKept(size);
    if (this.kept > MOST_KEPT) return false;
    if (this.kept > 0 && !this.hasResponse) {
      this.aside = getBuffer(BODY, 0, this.kept);
      if (this.aside === null) return false;
      this.attempts = countAttempts();
    }
    if (size > 0 && setBuffer(BODY, NOTHING) != Status.Ok) return false;
    const length = u32(end - this.body.staged);
    if (this.body.write(end) != Status.Ok) return false;
    if (!isLast) this.piece = getBuffer(BODY, 0, length);
    return true;
  }

  /** Not all of a piece was written: the rest is in the module, and the buffer is still the stream's own. */
  reopen(): void {
    this.state = HoldState.Open;
  }

  /** Asks the router, while the head is held, to send nothing again. False: it can't be asked. */
  forbidRetries(): bool {
    const before = getEffectiveContext();
    if (setEffectiveContext(this.stream.contextId) != Status.Ok) return false;
    const status = replaceHeader(HeaderMapType.HttpRequestHeaders, MAX_RETRIES, "0");
    setEffectiveContext(before);
    return status == Status.Ok;
  }

  /** Looks at what the router keeps, and restores what was set aside. */
  look(): void {
    if (!this.wantsLook && this.aside === null) return;
    if (this.state == HoldState.Refused || this.state == HoldState.Gone) return;
    const before = getEffectiveContext();
    if (setEffectiveContext(this.stream.contextId) != Status.Ok) return;
    // What was set aside did not go along with a retry that came meanwhile.
    if (this.aside !== null && !this.hasResponse) this.isTorn = countAttempts() != this.attempts;
    this.learnKept(getBufferSize(BODY));
    setEffectiveContext(before);
  }

  /** `size` bytes lie in the stream's own buffer, all of them kept by the router. */
  private learnKept(size: u32): void {
    const aside = this.aside;
    this.isUnseen = false;
    this.aside = null;
    this.piece = null;
    this.kept = size;
    if (size == 0) {
      // It got something, and keeps nothing: it has no reason to, has begun to answer, or gave up because it was too much.
      this.router = RouterKeeps.Nothing;
      this.body.unpinReleased();
      return;
    }
    this.router = RouterKeeps.Something;
    if (aside === null || this.hasResponse) return;
    prependToBuffer(BODY, aside);
    this.kept += aside.byteLength;
  }

  /** How many of the `size` bytes in the buffer are not of the chunk that has come; -1: nobody can say. */
  bytesBefore(size: u32): i32 {
    if (!this.isMerged) return 0;
    if (!this.isUnseen) return size >= this.kept ? i32(this.kept) : -1;
    // A chunk that comes before `look`: there is less than what the router would have kept, or it begins otherwise.
    const piece = this.piece;
    const expected = piece === null ? this.body.released : u64(piece.byteLength);
    if (u64(size) >= expected) {
      if (piece === null) return -1;
      const start = getBuffer(BODY, 0, piece.byteLength);
      if (start === null || bytesEqual(start, piece)) return -1;
    }
    this.learnKept(0);
    return 0;
  }

  /** The chunk leaves the buffer; what the router keeps stays there. */
  private empty(prefix: u32, size: u32): Chunk {
    if (size == prefix) return Chunk.Taken;
    const kept = prefix == 0 ? NOTHING : getBuffer(BODY, 0, prefix);
    if (kept === null) return Chunk.Misplaced;
    return setBuffer(BODY, kept) == Status.Ok ? Chunk.Taken : Chunk.Misplaced;
  }
}

function countAttempts(): u64 {
  const count = getProperty(ATTEMPTS);
  return count === null || count.byteLength != 8 ? 0 : load<u64>(changetype<usize>(count));
}
