// Into which parts is a request cut, to be asked about one after the other? Part 0 has the head; each has so many bytes of the
// body, and the last one the trailers. What was asked about can be asked about again for as long as it is held.
import { HeaderPairs } from "as-proxy-wasm";
import { Asked } from "../node/asked";
import { BodyPart } from "../node/body-part";
import { RequestHead } from "../request-head";
import { RequestId } from "../request-id";
import { BodyStore } from "./body-store";

@final
export class RequestParts extends Asked {
  /** Parts that were asked about. */
  count: u32 = 0;
  /** Offset in the body behind the last part that was asked about. */
  asked: u64 = 0;
  /** Offset behind the last part that has passed. */
  judged: u64 = 0;
  /** The last part was asked about: there will be no further one. */
  hasLast: bool = false;
  /** Bytes follow that the node will not get: it is informed of that. */
  restUnsent: bool = false;
  /** Offset in the body up to which it is asked about. */
  end: u64 = u64.MAX_VALUE;
  trailers: HeaderPairs | null = null;
  /** Where part 0 ends in the body; most requests have no other. */
  private firstEnd: u64 = 0;
  private laterEnds: Array<u64> | null = null;

  constructor(
    id: RequestId,
    private head: RequestHead | null,
    private readonly body: BodyStore,
  ) {
    super(id);
  }

  /** Bytes that can be asked about and were not. */
  get unasked(): u64 {
    return min(this.body.copied, this.end) - this.asked;
  }

  /** Makes the next part of at most `limit` bytes; it is the last if `isAll` and it has all that is left. Its number. */
  cut(limit: u32, isAll: bool): u32 {
    const length = min(this.unasked, u64(limit));
    this.asked += length;
    this.hasLast = isAll && this.unasked == 0;
    if (this.count == 0) this.firstEnd = this.asked;
    else this.endsBehindFirst().push(this.asked);
    return this.count++;
  }

  headToAsk(): RequestHead | null {
    return this.head;
  }

  partToAsk(number: u32): BodyPart | null {
    const start = number == 0 ? 0 : this.endOf(number - 1);
    const end = this.endOf(number);
    if (!this.body.has(start, end)) return null;
    const part = new BodyPart();
    part.number = number;
    part.held = this.body.held;
    part.offset = this.body.offsetOf(start);
    part.length = u32(end - start);
    part.last = this.hasLast && number == this.count - 1;
    part.bodySize = end;
    part.truncated = part.last && this.restUnsent;
    if (part.truncated) part.bodySize = this.body.seen;
    part.trailers = part.last ? this.trailers : null;
    return part;
  }

  /** Nothing more will be asked. */
  forget(): void {
    this.head = null;
    this.trailers = null;
    this.laterEnds = null;
  }

  private endOf(number: u32): u64 {
    const ends = this.laterEnds;
    return number == 0 || ends === null ? this.firstEnd : unchecked(ends[number - 1]);
  }

  private endsBehindFirst(): Array<u64> {
    let ends = this.laterEnds;
    if (ends === null) ends = new Array<u64>();
    this.laterEnds = ends;
    return ends;
  }
}
