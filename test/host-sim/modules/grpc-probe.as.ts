// What does a filter see of gRPC calls and streams? It does what a request's x-script says, line by line and callback by
// callback, and logs every callback and every status. Written on the SDK, so that the SDK is tried on both hosts as well.
import {
  BufferType,
  ByteWriter,
  FilterHeadersStatus,
  HeaderMapType,
  HttpContext,
  LogLevel,
  RootContext,
  SerializedPairs,
  bytesToString,
  getBuffer,
  getGrpcStatus,
  getHeaderPairs,
  getHeaderValue,
  grpcCall,
  grpcCancel,
  grpcClose,
  grpcSend,
  grpcStream,
  log,
  registerRootContext,
  removeHeader,
} from "as-proxy-wasm";
export {
  proxy_abi_version_0_2_1,
  proxy_on_memory_allocate,
  proxy_on_context_create,
  proxy_on_configure,
  proxy_on_vm_start,
  proxy_on_request_headers,
  proxy_on_grpc_receive_initial_metadata,
  proxy_on_grpc_receive,
  proxy_on_grpc_receive_trailing_metadata,
  proxy_on_grpc_close,
  proxy_on_done,
  proxy_on_log,
  proxy_on_delete,
} from "as-proxy-wasm/exports";

let script: Map<string, string> = new Map();
let stream: ProbeStream | null = null;
let token: u32 = 0;
let messages: i32 = 0;

function say(text: string): void {
  log(LogLevel.Info, text);
}

/** Tokens count on; what they are of is in their last two bits. */
function kind(id: u32): string {
  return (id & 3) == 1 ? "call" : (id & 3) == 2 ? "stream" : "neither";
}

function pairs(list: string): SerializedPairs | null {
  if (list == "-") return null;
  const items = list.split(",");
  const result = new SerializedPairs();
  for (let i = 0; i < items.length; i++) {
    const parts = items[i].split("=");
    result.add(parts[0], parts[1]);
  }
  return result;
}

/** Digits alone are so many bytes. */
function message(text: string): ByteWriter {
  const writer = new ByteWriter();
  const size = <i32>parseInt(text);
  if (size > 0) for (let i = 0; i < size; i++) writer.writeU8(0x61 + (i % 26));
  else if (text != "-") writer.writeString(text);
  return writer;
}

function opened(command: string, result: i64): void {
  if (result > 0) token = <u32>result;
  say(command + " = " + (result > 0 ? kind(token) : result.toString()));
}

function obey(command: string): void {
  const words = command.split(" ");
  const verb = words[0];
  if (verb == "call") {
    // call CLUSTER METHOD METADATA MESSAGE TIMEOUT
    const timeout = <u32>parseInt(words[5]);
    opened(command, grpcCall(words[1], "test.Service", words[2], pairs(words[3]), message(words[4]), timeout));
  } else if (verb == "stream") {
    opened(command, grpcStream(words[1], "test.Service", words[2], pairs(words[3])));
  } else if (verb == "serialized") {
    // A whole GrpcService{envoy_grpc{cluster_name}} instead of a name.
    const inner = String.fromCharCode(10) + String.fromCharCode(words[1].length) + words[1];
    const service = String.fromCharCode(10) + String.fromCharCode(inner.length) + inner;
    opened(command, grpcCall(service, "test.Service", words[2], null, message("x"), 1000));
  } else if (verb == "send") {
    say(command + " = " + grpcSend(token, message(words[1]), words[2] == "end").toString());
  } else if (verb == "cancel") {
    say(command + " = " + grpcCancel(words.length > 1 ? <u32>parseInt(words[1]) : token).toString());
  } else if (verb == "close") {
    say(command + " = " + grpcClose(words.length > 1 ? <u32>parseInt(words[1]) : token).toString());
  } else if (verb == "sendto") {
    say(command + " = " + grpcSend(<u32>parseInt(words[1]), message("x"), false).toString());
  } else if (verb == "resume") {
    const held = stream;
    if (held !== null) held.resumeRequest();
  } else {
    say("unknown command " + command);
  }
}

function on(callback: string, facts: string): void {
  say(callback + facts);
  if (!script.has(callback)) return;
  const commands = script.get(callback).split(";");
  for (let i = 0; i < commands.length; i++) obey(commands[i].trim());
}

function mapText(type: HeaderMapType): string {
  const map = getHeaderPairs(type);
  if (map === null) return " none";
  let text = "";
  for (let i = 0; i < map.count; i++) text += "; " + map.name(i) + "=" + map.valueString(i);
  return text;
}

class ProbeRoot extends RootContext {
  onGrpcReceiveInitialMetadata(id: u32, count: u32): void {
    on("initial", ` ${kind(id)} ${count}${mapText(HeaderMapType.GrpcCallInitialMetadata)}`);
  }
  onGrpcReceive(id: u32, size: u32): void {
    const bytes = getBuffer(BufferType.GrpcCallMessage, 0, size);
    const text = bytes === null ? "none" : size > 3000 ? "long" : bytesToString(bytes);
    on(`message${++messages}`, ` ${kind(id)} ${size} '${text}'`);
  }
  onGrpcReceiveTrailingMetadata(id: u32, count: u32): void {
    on("trailing", ` ${kind(id)} ${count}${mapText(HeaderMapType.GrpcCallTrailingMetadata)}`);
  }
  onGrpcClose(id: u32, status: u32): void {
    const told = getGrpcStatus();
    on("closed", ` ${kind(id)} ${status} '${told === null ? "" : told.message}' ${told === null ? -1 : <i32>told.code}`);
  }
  createHttpContext(id: u32): HttpContext | null {
    return new ProbeStream(id);
  }
}

class ProbeStream extends HttpContext {
  onRequestHeaders(count: u32, end: bool): FilterHeadersStatus {
    const bytes = getHeaderValue(HeaderMapType.HttpRequestHeaders, "x-script");
    if (bytes === null) return FilterHeadersStatus.Continue;
    removeHeader(HeaderMapType.HttpRequestHeaders, "x-script");
    script = new Map();
    const lines = bytesToString(bytes).split("|");
    for (let i = 0; i < lines.length; i++) {
      const colon = lines[i].indexOf(":");
      script.set(lines[i].substring(0, colon).trim(), lines[i].substring(colon + 1).trim());
    }
    stream = this;
    messages = 0;
    on("headers", "");
    return FilterHeadersStatus.StopAllIterationAndWatermark;
  }
  onDelete(): void {
    on("delete", "");
    stream = null;
  }
}

registerRootContext("root", (id: u32): RootContext => new ProbeRoot(id));
