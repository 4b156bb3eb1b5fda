// The module's door: what the host may call. Which callbacks are exported here is all that it calls.
// asconfig.json puts its functions in the place of the runtime's: it has to be there.
import "as-proxy-wasm/small-blocks";
import { registerRootContext, RootContext } from "as-proxy-wasm";
import { registerPolicyInitializer } from "as-proxy-wasm/flex";
import { initializePolicy } from "./flex-agent";
import { WallarmRootContext } from "./root-context";

registerRootContext("", (contextId: u32): RootContext => new WallarmRootContext(contextId));
registerPolicyInitializer(initializePolicy);

export {
  proxy_abi_version_0_2_1,
  proxy_on_configure,
  proxy_on_context_create,
  proxy_on_delete,
  proxy_on_done,
  proxy_on_grpc_close,
  proxy_on_grpc_receive,
  proxy_on_http_call_response,
  proxy_on_memory_allocate,
  proxy_on_queue_ready,
  proxy_on_request_body,
  proxy_on_request_headers,
  proxy_on_request_trailers,
  proxy_on_response_body,
  proxy_on_response_headers,
  proxy_on_response_trailers,
  proxy_on_tick,
  proxy_on_vm_start,
} from "as-proxy-wasm/exports";
export { flex_abi_version_0_1_0, flex_on_policy_initialize } from "as-proxy-wasm/flex";
