/** What may be used of the stand-in for the Anypoint Platform? This list. */
export { createAnypoint, type Anypoint, type AnypointOptions } from "./create-anypoint.ts";
export { AnypointError } from "./anypoint-error.ts";
export {
  CHILD_GROUP,
  defaultAccounts,
  FOREIGN_GROUP,
  PRODUCTION,
  ROOT_GROUP,
  SANDBOX,
  type AccountSettings,
} from "./accounts/settings.ts";
export { faultKinds, readFaults, type Fault } from "./faults/fault-set.ts";
export type { ListenAddress } from "./http/serve.ts";
export { readAccounts } from "./accounts/read-settings.ts";
