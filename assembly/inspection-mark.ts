// Is this policy applied twice to one request, automated and to the API, and has the first one seen to it? Each leaves a
// mark on the stream that says how much it does; one that would do no more than that leaves the request alone.
//
// The mark is a property that a filter has set (in Envoy filter state, under `wasm.` and its name): all filters of the
// stream see it, in whatever VM they run, and no client can write it. A header would let clients switch inspection off.
import {
  bytesEqual,
  ByteWriter,
  getEffectiveContext,
  getProperty,
  PropertyPath,
  setEffectiveContext,
  setProperty,
  Status,
  u32BEAt,
} from "as-proxy-wasm";
import { BodyOverflow, Config } from "./config";
import { RequestId } from "./request-id";
import { Telemetry } from "./telemetry";

const MARK = PropertyPath.of(["wallarm_inspection"]);
/** The request goes on without a verdict. */
const WITHDRAWN = new ArrayBuffer(0);
const REPEAT_AFTER_US: u64 = 60_000_000;

// ┌ mode ┬ bytes judged ┬ bytes from which on it is it is refused ┬ the node: URL and wallarm_cluster
const JUDGED: i32 = 4;
const REFUSED: i32 = 8;
const NODE: i32 = 12;

@final
export class InspectionMark {
  private readonly mark: ArrayBuffer;
  private warnedAt: u64 = 0;

  constructor(private readonly config: Config) {
    const mark = new ByteWriter();
    mark.writeU32BE(config.mode);
    mark.writeU32BE(judged(config));
    mark.writeU32BE(refused(config));
    mark.writeString(config.nodeUrl + " " + config.cluster);
    this.mark = mark.toArrayBuffer();
  }

  /** To be called with a request's headers, at `time` in microseconds. True: another one sees to all that we would. */
  isInspected(telemetry: Telemetry, id: RequestId, time: u64): bool {
    const before = getProperty(MARK);
    const isInspected = before !== null && this.isCoveredBy(before);
    if (before !== null && (this.warnedAt == 0 || time - this.warnedAt > REPEAT_AFTER_US)) {
      this.warnedAt = time;
      telemetry.warn(
        id,
        "the policy is applied twice to this request, " +
          (isInspected ? "inspected once" : "inspected twice"),
      );
    }
    // Where that fails the next one inspects too.
    if (!isInspected) setProperty(MARK, this.mark);
    return isInspected;
  }

  /** The stream goes on without a verdict of ours: whoever relies on it is to know. */
  withdraw(contextId: u32): void {
    const outer = getEffectiveContext();
    if (setEffectiveContext(contextId) != Status.Ok) return;
    setProperty(MARK, WITHDRAWN);
    setEffectiveContext(outer);
  }

  get isWithdrawn(): bool {
    const mark = getProperty(MARK);
    return mark === null || mark.byteLength == 0;
  }

  /** Its node is ours, it waits if we would, judges as much of a body and refuses no later. */
  private isCoveredBy(mark: ArrayBuffer): bool {
    if (mark.byteLength != this.mark.byteLength) return false;
    return (
      u32BEAt(mark, 0) <= u32(this.config.mode) &&
      u32BEAt(mark, JUDGED) >= judged(this.config) &&
      u32BEAt(mark, REFUSED) <= refused(this.config) &&
      bytesEqual(mark.slice(NODE), this.mark.slice(NODE))
    );
  }
}

function judged(config: Config): u32 {
  const limit = config.requestBodyLimit;
  return config.requestBodyOverflow == BodyOverflow.Pass || limit == 0 ? limit : u32.MAX_VALUE;
}

function refused(config: Config): u32 {
  const isBlocked = config.requestBodyOverflow == BodyOverflow.Block;
  return isBlocked ? config.requestBodyLimit : u32.MAX_VALUE;
}
