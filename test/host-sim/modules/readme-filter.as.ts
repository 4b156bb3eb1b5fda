// Which filter do the README's examples talk about? It blocks /admin, holds uploads until their end, and asks whom it can ask.
import {
  FilterDataStatus,
  FilterHeadersStatus,
  HeaderMapType,
  HttpContext,
  LogLevel,
  RootContext,
  SerializedPairs,
  bytesToString,
  dispatchHttpCall,
  getHeaderValue,
  log,
  registerRootContext,
} from "as-proxy-wasm";
export {
  proxy_abi_version_0_2_1,
  proxy_on_memory_allocate,
  proxy_on_context_create,
  proxy_on_configure,
  proxy_on_vm_start,
  proxy_on_request_headers,
  proxy_on_request_body,
  proxy_on_request_trailers,
  proxy_on_http_call_response,
  proxy_on_done,
  proxy_on_log,
  proxy_on_delete,
} from "as-proxy-wasm/exports";

let asking: Filter | null = null;

class Root extends RootContext {
  onHttpCallResponse(token: u32, headers: u32, body: u32, trailers: u32): void {
    const filter = asking;
    if (filter !== null) filter.resumeRequest();
  }
  createHttpContext(id: u32): HttpContext {
    return new Filter(id);
  }
}

class Filter extends HttpContext {
  private holding: bool = false;

  onRequestHeaders(count: u32, end: bool): FilterHeadersStatus {
    const path = bytesToString(getHeaderValue(HeaderMapType.HttpRequestHeaders, ":path")!);
    if (path == "/admin") {
      log(LogLevel.Info, "blocked");
      this.sendLocalResponse(403, "blocked", null, null);
      return FilterHeadersStatus.StopIteration;
    }
    this.holding = path == "/upload";
    if (this.holding) return FilterHeadersStatus.StopIteration;
    const question = new SerializedPairs().add(":method", "GET").add(":path", "/").add(":authority", "auth");
    if (dispatchHttpCall("auth", question, null, null, 5000) <= 0) return FilterHeadersStatus.Continue;
    asking = this;
    return FilterHeadersStatus.StopIteration;
  }
  onRequestBody(size: u32, end: bool): FilterDataStatus {
    return this.holding && !end ? FilterDataStatus.StopIterationAndWatermark : FilterDataStatus.Continue;
  }
}

registerRootContext("", (id: u32): RootContext => new Root(id));
