// Adds a header to each response: the smallest filter there is.
import {
  FilterHeadersStatus,
  HeaderMapType,
  HttpContext,
  LogLevel,
  RootContext,
  Status,
  addHeader,
  log,
  registerRootContext,
} from "as-proxy-wasm";
export {
  proxy_abi_version_0_2_1,
  proxy_on_memory_allocate,
  proxy_on_context_create,
  proxy_on_configure,
  proxy_on_response_headers,
  proxy_on_delete,
} from "as-proxy-wasm/exports";

class AddHeaderRoot extends RootContext {
  createHttpContext(contextId: u32): HttpContext {
    return new AddHeader(contextId);
  }
}

class AddHeader extends HttpContext {
  onResponseHeaders(headerCount: u32, endOfStream: bool): FilterHeadersStatus {
    const status = addHeader(HeaderMapType.HttpResponseHeaders, "x-hello", "from AssemblyScript");
    if (status != Status.Ok)
      log(LogLevel.Warn, "x-hello was not added: status " + status.toString());
    return FilterHeadersStatus.Continue;
  }
}

registerRootContext("", (contextId: u32): RootContext => new AddHeaderRoot(contextId));
