// What does a filter cost that does nothing? It has every callback that the policy has.
import { HttpContext, registerRootContext, RootContext } from "as-proxy-wasm";

class NoopRoot extends RootContext {
  createHttpContext(contextId: u32): HttpContext | null {
    return new NoopFilter(contextId);
  }
}

class NoopFilter extends HttpContext {
  constructor(contextId: u32) {
    super(contextId);
  }
}

registerRootContext("", (contextId: u32): RootContext => new NoopRoot(contextId));

export {
  proxy_abi_version_0_2_1,
  proxy_on_configure,
  proxy_on_context_create,
  proxy_on_delete,
  proxy_on_done,
  proxy_on_memory_allocate,
  proxy_on_request_body,
  proxy_on_request_headers,
  proxy_on_request_trailers,
  proxy_on_response_body,
  proxy_on_response_headers,
  proxy_on_response_trailers,
  proxy_on_vm_start,
} from "as-proxy-wasm/exports";
