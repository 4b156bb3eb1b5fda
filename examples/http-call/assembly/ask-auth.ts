// How does a filter ask another service about each request? The request is held, a call is made, and its answer decides:
// 200 lets the request go on, 5xx or no answer is answered with 503 (Envoy makes a 503 of its own when it can't reach the
// service), any other status with 403.
import {
  BufferType,
  FilterHeadersStatus,
  HeaderMapType,
  HttpContext,
  LogLevel,
  RootContext,
  SerializedPairs,
  StaticName,
  Status,
  bytesToString,
  dispatchHttpCall,
  getBuffer,
  getHeaderPairs,
  log,
  stringToBytes,
} from "as-proxy-wasm";

const TIMEOUT_MS: u32 = 500;
const PATH = StaticName.of(":path");
const STATUS = StaticName.of(":status");

/** One plugin: the cluster that it asks, and the streams that wait for an answer. */
export class AskAuthRoot extends RootContext {
  cluster: string = "";
  private waiting: Map<u32, AskAuth> = new Map<u32, AskAuth>();

  /** The configuration is the name of a cluster. */
  onConfigure(size: u32): bool {
    const bytes = getBuffer(BufferType.PluginConfiguration, 0, size);
    this.cluster = bytes === null ? "" : bytesToString(bytes).trim();
    if (this.cluster.length > 0) return true;
    log(LogLevel.Error, "the configuration is empty; it must be the name of the cluster to ask");
    return false;
  }

  createHttpContext(contextId: u32): HttpContext {
    return new AskAuth(contextId, this);
  }

  /** Asks about a path. False: no call was made, and no answer will come. */
  ask(stream: AskAuth, path: string): bool {
    const headers = new SerializedPairs()
      .add(":method", "GET")
      .add(":path", path)
      .add(":authority", this.cluster);
    const token = dispatchHttpCall(this.cluster, headers, null, null, TIMEOUT_MS);
    if (token < 0) return false;
    this.waiting.set(<u32>token, stream);
    return true;
  }

  /** Answers come to the root. The stream may be gone by now: then telling it does nothing. */
  onHttpCallResponse(token: u32, headerCount: u32, bodySize: u32, trailerCount: u32): void {
    if (!this.waiting.has(token)) return;
    const stream = this.waiting.get(token);
    this.waiting.delete(token);
    stream.onAnswer(this.statusOfAnswer(headerCount));
  }

  /** The call's status; empty if the call failed. */
  private statusOfAnswer(headerCount: u32): string {
    if (headerCount == 0) return "";
    const pairs = getHeaderPairs(HeaderMapType.HttpCallResponseHeaders);
    if (pairs === null) return "";
    return pairs.valueString(pairs.find(STATUS));
  }
}

class AskAuth extends HttpContext {
  constructor(
    contextId: u32,
    private root: AskAuthRoot,
  ) {
    super(contextId);
  }

  onRequestHeaders(headerCount: u32, endOfStream: bool): FilterHeadersStatus {
    const pairs = getHeaderPairs(HeaderMapType.HttpRequestHeaders);
    const path = pairs === null ? "" : pairs.valueString(pairs.find(PATH));
    if (path.length == 0 || !this.root.ask(this, path)) this.onAnswer("");
    // Also after a reply: what it replaces must not go on.
    return FilterHeadersStatus.StopAllIterationAndWatermark;
  }

  onAnswer(status: string): void {
    if (status == "200") this.check(this.resumeRequest());
    else if (status == "" || status.startsWith("5"))
      this.check(this.reply(503, "the authorization service is not there\n"));
    else this.check(this.reply(403, "not allowed\n"));
  }

  private reply(status: u32, text: string): Status {
    return this.sendLocalResponse(status, "ask_auth", null, stringToBytes(text));
  }

  /** A client that went away while it waited is no reason for alarm. */
  private check(status: Status): void {
    if (status != Status.Ok) log(LogLevel.Debug, "the stream is gone: " + status.toString());
  }
}
