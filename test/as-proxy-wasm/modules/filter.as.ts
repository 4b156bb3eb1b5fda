// Which filter do the tests of the dispatcher run? One that logs each callback, and answers what a test has told it to.
import {
  FilterDataStatus,
  FilterHeadersStatus,
  FilterTrailersStatus,
  HttpContext,
  LogLevel,
  RootContext,
  SerializedPairs,
  StreamType,
  log,
  registerRootContext,
  stringToBytes,
} from "as-proxy-wasm";

let answer: i32 = 0;
export function answerWith(status: i32): void {
  answer = status;
}

class LoggingRoot extends RootContext {
  constructor(
    contextId: u32,
    readonly kind: string,
  ) {
    super(contextId);
  }
  tell(what: string): void {
    log(LogLevel.Info, `${this.kind} ${this.contextId} ${what}`);
  }
  onVmStart(size: u32): bool {
    this.tell(`vm start ${size}`);
    return answer != 0;
  }
  onConfigure(size: u32): bool {
    this.tell(`configure ${size}`);
    return answer != 0;
  }
  onTick(): void {
    this.tell("tick");
  }
  onQueueReady(queueId: u32): void {
    const text = `queue ${queueId}`;
    this.tell(text);
    // Told again after the host has done what it liked: is the text still there?
    if (queueId == 1000) this.tell(text);
  }
  onHttpCallResponse(token: u32, headers: u32, body: u32, trailers: u32): void {
    this.tell(`http call ${token} ${headers} ${body} ${trailers}`);
  }
  onGrpcReceiveInitialMetadata(token: u32, count: u32): void {
    this.tell(`grpc metadata ${token} ${count}`);
  }
  onGrpcReceive(token: u32, size: u32): void {
    this.tell(`grpc message ${token} ${size}`);
  }
  onGrpcReceiveTrailingMetadata(token: u32, count: u32): void {
    this.tell(`grpc trailers ${token} ${count}`);
  }
  onGrpcClose(token: u32, status: u32): void {
    this.tell(`grpc close ${token} ${status}`);
  }
  onForeignFunction(functionId: u32, size: u32): void {
    this.tell(`foreign ${functionId} ${size}`);
  }
  onDone(): bool {
    this.tell("done");
    return answer != 0;
  }
  onLog(): void {
    this.tell("log");
  }
  onDelete(): void {
    this.tell("delete");
  }
  createHttpContext(contextId: u32): HttpContext | null {
    if (answer == 99) return null;
    const stream = new LoggingStream(contextId);
    lastStream = stream;
    return stream;
  }
}

let lastStream: LoggingStream | null = null;

class LoggingStream extends HttpContext {
  tell(what: string): i32 {
    log(LogLevel.Info, `stream ${this.contextId} ${what}`);
    return answer;
  }
  onRequestHeaders(count: u32, end: bool): FilterHeadersStatus {
    return this.tell(`request headers ${count} ${end}`);
  }
  onRequestBody(size: u32, end: bool): FilterDataStatus {
    return this.tell(`request body ${size} ${end}`);
  }
  onRequestTrailers(count: u32): FilterTrailersStatus {
    return this.tell(`request trailers ${count}`);
  }
  onResponseHeaders(count: u32, end: bool): FilterHeadersStatus {
    return this.tell(`response headers ${count} ${end}`);
  }
  onResponseBody(size: u32, end: bool): FilterDataStatus {
    return this.tell(`response body ${size} ${end}`);
  }
  onResponseTrailers(count: u32): FilterTrailersStatus {
    return this.tell(`response trailers ${count}`);
  }
  onDone(): bool {
    return this.tell("done") != 0;
  }
  onLog(): void {
    this.tell("log");
  }
  onDelete(): void {
    this.tell("delete");
  }
}

export function resumeRequestOfLast(): i32 {
  return lastStream!.resumeRequest();
}
export function resumeResponseOfLast(): i32 {
  return lastStream!.resumeResponse();
}
export function resetLast(type: StreamType): i32 {
  return lastStream!.reset(type);
}
export function replyOnLast(status: u32, body: string | null): i32 {
  const headers = new SerializedPairs().add("content-type", "text/plain");
  const bytes: ArrayBuffer | null = body === null ? null : stringToBytes(body);
  return lastStream!.sendLocalResponse(status, "by_test", headers, bytes);
}
export function bareReplyOnLast(status: u32): i32 {
  return lastStream!.sendLocalResponse(status, "by_test", null, null, 7);
}

registerRootContext("one", (id: u32): RootContext => new LoggingRoot(id, "one"));
registerRootContext("two", (id: u32): RootContext => new LoggingRoot(id, "two"));
