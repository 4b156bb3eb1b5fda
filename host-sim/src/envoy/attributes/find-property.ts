/** What is the value at a path such as `request NUL headers NUL user-agent`? (Envoy: Context::getProperty and findValue) */
import { Status } from "../../wasm/abi.ts";
import { failed, ok, type Result } from "../../wasm/host-context.ts";
import { connectionValue, destinationValue, sourceValue } from "./connection.ts";
import { gatewayValue, xdsValue } from "./gateway.ts";
import { requestValue } from "./request.ts";
import { responseValue } from "./response.ts";
import type { AttributeScope } from "./scope.ts";
import { upstreamValue } from "./upstream.ts";
import { int, serialize, text, wrapper, type Value } from "./value.ts";
import { metadataMessage } from "./protobuf.ts";

export function findProperty(scope: AttributeScope, path: string): Result<Uint8Array> {
  let value: Value | undefined;
  // Envoy ends at the end of the path: an empty last part is not asked for.
  const parts = path.split("\0");
  if (parts.at(-1) === "") parts.pop();
  for (const [i, part] of parts.entries()) {
    value = i === 0 ? topLevel(scope, part) : member(value, part);
    if (value === undefined) return failed(Status.NotFound);
  }
  const bytes = value === undefined ? null : serialize(value);
  return bytes === null ? failed(Status.SerializationFailure) : ok(bytes);
}

function member(value: Value | undefined, part: string): Value | undefined {
  if (value?.kind === "map" || value?.kind === "message") return value.get(part);
  if (value?.kind === "list" && /^\d+$/.test(part)) return value.items[Number(part)];
  return undefined;
}

function topLevel(scope: AttributeScope, name: string): Value | undefined {
  return streamAttribute(scope, name) ?? gatewayValue(scope, name) ?? ownAttribute(scope, name);
}

function streamAttribute(scope: AttributeScope, name: string): Value | undefined {
  const { info } = scope;
  if (name === "xds") return xdsValue(scope);
  if (info === null) return undefined;
  switch (name) {
    case "request":
      return requestValue(scope, info);
    case "response":
      return responseValue(scope, info);
    case "connection":
      return connectionValue(info);
    case "source":
      return sourceValue(info);
    case "destination":
      return destinationValue(info);
    case "upstream":
      return upstreamValue(info);
    case "metadata":
      return metadataMessage({});
    case "filter_state":
      return wrapper(
        Object.fromEntries(
          [...info.filterState].map(([key, bytes]) => [key, () => ({ kind: "bytes", bytes })]),
        ),
      );
    default:
      return undefined;
  }
}

/** Last: what the plugin is, and what filters have set. */
function ownAttribute(scope: AttributeScope, name: string): Value | undefined {
  switch (name) {
    case "plugin_name":
      return scope.pluginName === null ? undefined : text(scope.pluginName);
    case "plugin_root_id":
      return text(scope.rootId);
    case "plugin_vm_id":
      return text(scope.vmId);
    case "connection_id":
      return scope.info === null ? undefined : int(scope.info.connectionId);
    default: {
      const bytes = scope.info?.filterState.get(`wasm.${name}`);
      return bytes === undefined ? undefined : { kind: "bytes", bytes };
    }
  }
}
