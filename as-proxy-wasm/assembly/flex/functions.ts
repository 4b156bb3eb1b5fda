// What can a policy ask of the Flex agent? Foreign functions that take a JSON array of strings and give raw bytes.
import { lastStatus } from "../abi/status";
import { LogLevel, Status } from "../abi/types";
import { bytesToString } from "../bytes/text";
import { callForeignFunction } from "../hostcalls/foreign-functions";
import { parseJson } from "../json/parser";
import { JsonKind, JsonValue } from "../json/value";
import { encodeArguments } from "./arguments";

/** The policy's configuration, JSON; null if there is none. */
export function getPolicyConfiguration(): ArrayBuffer | null {
  return call("flex_get_policy_configuration", []);
}

@final
export class PolicyMetadata {
  constructor(
    readonly name: string,
    readonly namespace: string,
  ) {}
}

/** Null if the agent does not tell, or not in JSON; a part that it does not tell is empty. */
export function getPolicyMetadata(): PolicyMetadata | null {
  const bytes = call("flex_get_policy_metadata", []);
  if (bytes === null) return null;
  const root = parseJson(bytes).value;
  if (root === null || root.kind != JsonKind.Object) return null;
  return new PolicyMetadata(
    text(root, "policy_name", "name"),
    text(root, "policy_namespace", "namespace"),
  );
}

/** Asks for an Envoy cluster for `uri`; its name will be `clusterName(name, namespace)`. */
export function createService(name: string, namespace: string, uri: string): Status {
  call("flex_create_service", [name, namespace, uri]);
  return lastStatus();
}

/** Turns `allow_on_headers_stop_iteration` on. NotFound before Flex 1.12. */
export function enableStopIteration(): Status {
  call("flex_enable_stop_iteration", []);
  return lastStatus();
}

/** A value of the gateway's environment; null if there is none. */
export function getEnv(name: string): string | null {
  const bytes = call("flex_get_env", [name]);
  return bytes === null ? null : bytesToString(bytes);
}

export function flexLog(level: LogLevel, message: string): Status {
  call("flex_log", [levelName(level), message]);
  return lastStatus();
}

function call(name: string, args: string[]): ArrayBuffer | null {
  return callForeignFunction(name, encodeArguments(args));
}

function text(root: JsonValue, key: string, otherKey: string): string {
  const value = root.get(key);
  if (value !== null && value.kind == JsonKind.String) return value.text;
  const other = root.get(otherKey);
  return other !== null && other.kind == JsonKind.String ? other.text : "";
}

function levelName(level: LogLevel): string {
  if (level == LogLevel.Trace) return "trace";
  if (level == LogLevel.Debug) return "debug";
  if (level == LogLevel.Info) return "info";
  return level == LogLevel.Warn ? "warn" : "error";
}
