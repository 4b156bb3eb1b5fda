// What does a filter answer, and what can it do? Users derive from these two classes and override what they need; what
// they leave lets everything through.
import { SerializedPairs } from "./abi/serialized-pairs";
import { seen } from "./abi/status";
import {
  FilterDataStatus,
  FilterHeadersStatus,
  FilterTrailersStatus,
  GrpcStatus,
  Status,
  StreamType,
} from "./abi/types";
import { Identified } from "./id-table";
import { closeStream, continueStream, sendLocalResponseOn } from "./hostcalls/streams";

/** What plugins and streams have in common. */
export abstract class Context extends Identified {
  private gone: bool = false;

  constructor(readonly contextId: u32) {
    super();
  }

  /** False: not yet; call `done()` later. */
  onDone(): bool {
    return true;
  }

  /** The last callback before `onDelete`. A stream's headers and properties can be read here once more. */
  onLog(): void {}

  /** The host has let go of this context: free what it held (`HeldBytes.clear`). */
  onDelete(): void {}

  /** Has the host let go of this context? Then nothing can be done with it any more. */
  get isGone(): bool {
    return this.gone;
  }

  /** For the dispatcher. */
  markGone(): void {
    this.gone = true;
  }
}

/** One configured plugin. Several may live in one VM: keep state here, never in globals. */
export abstract class RootContext extends Context {
  constructor(contextId: u32) {
    super(contextId);
  }

  /** False refuses the VM: Envoy does not start. */
  onVmStart(vmConfigurationSize: u32): bool {
    return true;
  }

  /** False refuses the configuration: Envoy does not start. */
  onConfigure(pluginConfigurationSize: u32): bool {
    return true;
  }

  onTick(): void {}

  onQueueReady(queueId: u32): void {}

  /** The answer to `dispatchHttpCall`; `headerCount` 0: the call failed. The stream it was made for may be gone. */
  onHttpCallResponse(token: u32, headerCount: u32, bodySize: u32, trailerCount: u32): void {}

  onGrpcReceiveInitialMetadata(token: u32, headerCount: u32): void {}

  onGrpcReceive(token: u32, messageSize: u32): void {}

  onGrpcReceiveTrailingMetadata(token: u32, trailerCount: u32): void {}

  onGrpcClose(token: u32, grpcStatus: u32): void {}

  onForeignFunction(functionId: u32, argumentsSize: u32): void {}

  /** A context for a new stream; null: this stream is none of ours. */
  createHttpContext(contextId: u32): HttpContext | null {
    return null;
  }
}

/** One HTTP request and its response. */
export abstract class HttpContext extends Context {
  constructor(contextId: u32) {
    super(contextId);
  }

  onRequestHeaders(headerCount: u32, endOfStream: bool): FilterHeadersStatus {
    return FilterHeadersStatus.Continue;
  }

  onRequestBody(size: u32, endOfStream: bool): FilterDataStatus {
    return FilterDataStatus.Continue;
  }

  onRequestTrailers(count: u32): FilterTrailersStatus {
    return FilterTrailersStatus.Continue;
  }

  onResponseHeaders(headerCount: u32, endOfStream: bool): FilterHeadersStatus {
    return FilterHeadersStatus.Continue;
  }

  onResponseBody(size: u32, endOfStream: bool): FilterDataStatus {
    return FilterDataStatus.Continue;
  }

  onResponseTrailers(count: u32): FilterTrailersStatus {
    return FilterTrailersStatus.Continue;
  }

  /** Lets a held request go on, from any callback. BadArgument: the stream is gone. */
  resumeRequest(): Status {
    return this.resume(StreamType.HttpRequest);
  }

  /** Lets a held response go on, from any callback. BadArgument: the stream is gone. */
  resumeResponse(): Status {
    return this.resume(StreamType.HttpResponse);
  }

  /** Cuts the stream off. */
  reset(type: StreamType = StreamType.HttpRequest): Status {
    return this.isGone ? goneStatus() : closeStream(this.contextId, type);
  }

  /**
   * Answers the client in the upstream's place, from any callback. Never resume after it. BadArgument: the stream is gone.
   * @param details a word for access logs (Envoy's RESPONSE_CODE_DETAILS), no spaces.
   */
  sendLocalResponse(
    statusCode: u32,
    details: string,
    headers: SerializedPairs | null,
    body: ArrayBuffer | null,
    grpcStatus: i32 = GrpcStatus.None,
  ): Status {
    if (this.isGone) return goneStatus();
    return sendLocalResponseOn(this.contextId, statusCode, details, headers, body, grpcStatus);
  }

  private resume(type: StreamType): Status {
    return this.isGone ? goneStatus() : continueStream(this.contextId, type);
  }
}

/** What Envoy answers for a context that it no longer knows. */
function goneStatus(): Status {
  return <Status>seen(Status.BadArgument);
}
