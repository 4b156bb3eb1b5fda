/** What of one direction of a stream may a guest reach right now? Headers, body and trailers only in their own callbacks. */
import type { Status } from "../wasm/abi.ts";
import { errorCodes, SimulatorError } from "../wasm/errors.ts";
import type { HostBuffer } from "../wasm/host-context.ts";
import { BodyBuffer, emptyBuffer } from "./body-buffer.ts";
import type { PathCallbacks } from "./filter.ts";
import type { HeaderMap } from "./header-map.ts";
import type { Log } from "./log.ts";

type Callback = "body" | "trailers";

export class Reach {
  headers: HeaderMap | null = null;
  body: BodyBuffer | null = null;
  trailers: HeaderMap | null = null;
  /** The guest lets the body gather: its buffer is all that is held. */
  gathering = false;
  readonly path: PathCallbacks;
  private readonly of: string;
  private readonly log: Log;
  private callback: Callback | null = null;
  private lost: LostBuffer | null = null;

  constructor(path: PathCallbacks, of: "request" | "response", log: Log) {
    this.path = path;
    this.of = of;
    this.log = log;
  }

  /** Runs one of the guest's callbacks. */
  within<T>(callback: Callback, run: () => T): T {
    const outer = this.callback;
    this.callback = callback;
    try {
      return run();
    } finally {
      this.callback = outer;
    }
  }

  /**
   * A body out of reach is empty, and refuses to be changed. One that was held without gathering (statuses 2 and 3) is out of
   * reach for Envoy too, which still points at what the body came in: seen to kill its process, and in a trailers callback to
   * lose what is written.
   */
  get buffer(): HostBuffer {
    const { body, path } = this;
    if (this.gathering) return path.heldBody ?? emptyBuffer;
    if (body === null || this.callback === "body" || body === path.heldBody) {
      return body ?? emptyBuffer;
    }
    if (this.callback === "trailers") return (this.lost ??= new LostBuffer(this.of, this.log));
    throw new SimulatorError(
      errorCodes.hostCrash,
      `the filter touches the body of a ${this.of} outside its body callback, after a body callback that did not answer ` +
        "StopIterationAndBuffer (1): Envoy reads freed memory there and may be killed by it",
    );
  }

  /** In the last body callback, trailers may be made. */
  mutableTrailers(endOfStream: boolean): HeaderMap | null {
    if (this.trailers === null && this.body !== null && endOfStream) {
      this.trailers = this.path.addTrailers();
    }
    return this.trailers;
  }

  close(): void {
    this.headers = null;
    this.body = null;
    this.trailers = null;
  }
}

/** What is left of the buffer that a body came in: what is written to it goes nowhere. */
class LostBuffer extends BodyBuffer {
  private readonly of: string;
  private readonly log: Log;

  constructor(of: string, log: Log) {
    super();
    this.of = of;
    this.log = log;
  }

  override replace(start: number, length: number, data: Uint8Array): Status {
    this.log.fromGateway(
      "warn",
      `the filter writes to the body of a ${this.of} in its trailers callback: what it writes is lost, as in Envoy; ` +
        "only after StopIterationAndBuffer (1) is it the stream's own",
    );
    return super.replace(start, length, data);
  }
}
