// Which filter asks the router to send requests again? One that sets x-envoy-retry-on, in front of the policy or behind it.
import {
  FilterHeadersStatus,
  HeaderMapType,
  HttpContext,
  registerRootContext,
  replaceHeader,
  RootContext,
} from "as-proxy-wasm";

class Root extends RootContext {
  createHttpContext(id: u32): HttpContext {
    return new Filter(id);
  }
}

class Filter extends HttpContext {
  onRequestHeaders(headerCount: u32, endOfStream: bool): FilterHeadersStatus {
    replaceHeader(HeaderMapType.HttpRequestHeaders, "x-envoy-retry-on", "5xx");
    return FilterHeadersStatus.Continue;
  }
}

registerRootContext("", (id: u32): RootContext => new Root(id));

export {
  proxy_abi_version_0_2_1,
  proxy_on_configure,
  proxy_on_context_create,
  proxy_on_delete,
  proxy_on_done,
  proxy_on_memory_allocate,
  proxy_on_request_headers,
  proxy_on_vm_start,
} from "as-proxy-wasm/exports";
