// What does this module take part in? The callbacks that it needs, and one root context for any root id.
import { registerRootContext, RootContext } from "as-proxy-wasm";
import { AskAuthRoot } from "./ask-auth";
export {
  proxy_abi_version_0_2_1,
  proxy_on_memory_allocate,
  proxy_on_context_create,
  proxy_on_configure,
  proxy_on_http_call_response,
  proxy_on_request_headers,
  proxy_on_delete,
} from "as-proxy-wasm/exports";

registerRootContext("", (contextId: u32): RootContext => new AskAuthRoot(contextId));
