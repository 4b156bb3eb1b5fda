// Is this policy applied twice to one request, automated and to the API, and has the first one seen to it? Each leaves a mark
// on the stream that says what it does and on which head it has decided; only one that would do the very same on the very same
// head leaves the request alone. A body can't be compared before it is there: a request that has one is inspected twice.
//
// The mark is a property that a filter has set (in Envoy filter state, under `wasm.` and its name): all filters of the
// stream see it, in whatever VM they run, and no client can write it. A header would let clients switch inspection off.
import {
  bytesEqual,
  ByteWriter,
  getEffectiveContext,
  getProperty,
  HeaderPairs,
  PropertyPath,
  setEffectiveContext,
  setProperty,
  Status,
  u64BEAt,
} from "as-proxy-wasm";
import { RequestHead } from "./request-head";
import { RequestId } from "./request-id";
import { Telemetry } from "./telemetry";

const MARK = PropertyPath.of(["wallarm_inspection"]);
/** The request goes on without a verdict. */
const WITHDRAWN = new ArrayBuffer(0);
/** Bytes of a head; the hash of a larger one costs more than it may save. */
const LARGEST_HEAD: i32 = 8192;
const REPEAT_AFTER_US: u64 = 60_000_000;

// ┌ fingerprint of the settings ┬ id of the request, the key of the hash ┬ hash of the head
// Where the next one inspects in any case it is the fingerprint alone.
const SETTINGS_BYTES: i32 = 16;
const KEY: i32 = 16;
const HASH: i32 = 32;
const WHOLE: i32 = 40;

@final
export class InspectionMark {
  private warnedAt: u64 = 0;

  /** @param settings fingerprint of all that is configured, see `Config` */
  constructor(private readonly settings: ArrayBuffer) {}

  /**
   * To be called with a request's headers, once. True: another one has done all that we would. Else the mark is ours, for the
   * next one.
   */
  claim(telemetry: Telemetry, id: RequestId, head: RequestHead, hasBody: bool): bool {
    const before = getProperty(MARK);
    const isDone = before !== null && !hasBody && this.isProof(before, head.pairs);
    if (before !== null) this.warn(telemetry, id, head.time, isDone);
    // Where that fails the next one inspects too.
    if (!isDone) setProperty(MARK, this.markOf(id, head.pairs, hasBody));
    return isDone;
  }

  /** The stream goes on without a verdict of ours: whoever relies on it is to know. */
  withdraw(contextId: u32): void {
    const outer = getEffectiveContext();
    if (setEffectiveContext(contextId) != Status.Ok) return;
    setProperty(MARK, WITHDRAWN);
    setEffectiveContext(outer);
  }

  private isProof(mark: ArrayBuffer, head: HeaderPairs): bool {
    return (
      mark.byteLength == WHOLE &&
      bytesEqual(mark.slice(0, SETTINGS_BYTES), this.settings) &&
      u64BEAt(mark, HASH) == head.hash(u64BEAt(mark, KEY), u64BEAt(mark, KEY + 8))
    );
  }

  /** Keyed with what no client knows before: none can write two heads that a filter in between swaps unnoticed. */
  private markOf(id: RequestId, head: HeaderPairs, hasBody: bool): ArrayBuffer {
    if (hasBody || head.byteLength > LARGEST_HEAD) return this.settings;
    const mark = new ByteWriter();
    mark.writeBytes(this.settings);
    mark.writeU64BE(id.high);
    mark.writeU64BE(id.low);
    mark.writeU64BE(head.hash(id.high, id.low));
    return mark.toArrayBuffer();
  }

  /** `time` in microseconds. */
  private warn(telemetry: Telemetry, id: RequestId, time: u64, isDone: bool): void {
    if (this.warnedAt != 0 && time - this.warnedAt <= REPEAT_AFTER_US) return;
    this.warnedAt = time;
    const times = isDone ? "once" : "twice";
    telemetry.warn(id, "the policy is applied twice to this request, inspected " + times);
  }
}
