// What does the Flex Gateway ABI offer? A module takes part in the agent's phase by re-exporting
//   export { flex_abi_version_0_1_0, flex_on_policy_initialize } from "as-proxy-wasm/flex";
// and registering a handler; the functions below it are for use inside of that handler.
export {
  flex_abi_version_0_1_0,
  flex_on_policy_initialize,
  registerPolicyInitializer,
} from "./assembly/flex/exports";
export {
  PolicyMetadata,
  createService,
  enableStopIteration,
  flexLog,
  getEnv,
  getPolicyConfiguration,
  getPolicyMetadata,
} from "./assembly/flex/functions";
export { clusterName, serviceName } from "./assembly/flex/names";
