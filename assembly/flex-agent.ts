// What does the agent of a Flex Gateway want to know before the gateway runs? Which services the policy calls, and that its
// headers callback may stop the iteration. The agent runs this very module for it.
import { Status } from "as-proxy-wasm";
import {
  createService,
  enableStopIteration,
  flexLog,
  getPolicyConfiguration,
  getPolicyMetadata,
  serviceName,
} from "as-proxy-wasm/flex";
import { LogLevel } from "as-proxy-wasm";
import { readConfig } from "./config";
import { HeaderHolding } from "./header-holding";

/** False refuses the configuration: the agent does not apply the policy. */
export function initializePolicy(): bool {
  const json = getPolicyConfiguration();
  const result = readConfig(json === null ? new ArrayBuffer(0) : json);
  const config = result.config;
  if (config === null) return fail("configuration refused: " + result.error);
  const metadata = getPolicyMetadata();
  if (metadata === null) return fail("the agent tells no name of this policy");
  for (let i = config.cluster.length == 0 ? 0 : 1; i < config.nodeCount; i++) {
    const service = serviceName(metadata.name, config.nodeAt(i).authority);
    const url = config.urlAt(i);
    const status = createService(service, metadata.namespace, url);
    if (status != Status.Ok) return fail("the agent made no service for " + url);
  }
  if (config.headerHolding == HeaderHolding.Off) return true;
  // Flex before 1.12 does not know it: requests are then judged headers first, which needs nothing of the agent.
  if (enableStopIteration() != Status.Ok) {
    flexLog(
      LogLevel.Info,
      "this gateway does not hold headers while a body is read: headers are judged first",
    );
  }
  return true;
}

function fail(why: string): bool {
  flexLog(LogLevel.Error, why);
  return false;
}
