// Who am I? The policy's name, its namespace and the API it is applied to, from what the host calls this plugin and from
// what Flex tells of the listener.
import { isDigit, isLetter, mapCharacters } from "./ascii";
import { bytesToString, getProperty, PropertyPath } from "as-proxy-wasm";
import { JsonKind, JsonValue, parseJson } from "as-proxy-wasm/json";
import { ApiIdentity } from "./api-identity";

/** What Flex's own SDK takes where the host gives no names; cluster names are made from them. */
const NO_NAME = "NoPolicyId";
const NO_NAMESPACE = "NoPolicyNamespace";

export class PolicyIdentity {
  /** `[policy: name.namespace][api: apiId]`, as every Flex policy begins its log lines. */
  readonly logPrefix: string;
  /** The API's id as a part of a metric's name: letters, digits, `_` and `-`. */
  readonly metricName: string;

  constructor(
    readonly name: string,
    readonly namespace: string,
    readonly api: ApiIdentity,
    /** Version of the Flex Gateway, or empty on another host. */
    readonly flexVersion: string,
  ) {
    const policy = namespace == NO_NAMESPACE ? name : name + "." + namespace;
    this.logPrefix = "[policy: " + policy + "]" + (api.isKnown ? "[api: " + api.id + "]" : "");
    this.metricName = metricName(api.isKnown ? api.id : name);
  }
}

/** Flex's `plugin_name` is `name.namespace.apiId`, and an apiId may hold dots; elsewhere it is any text. */
export function identify(
  pluginName: string,
  apiName: string,
  apiVersion: string,
  flexVersion: string,
): PolicyIdentity {
  const first = pluginName.indexOf(".");
  const second = first < 0 ? -1 : pluginName.indexOf(".", first + 1);
  let name = first < 0 ? pluginName : pluginName.substring(0, first);
  if (name.length == 0) name = NO_NAME;
  if (second < 0) {
    const rest = first < 0 ? "" : pluginName.substring(first + 1);
    const namespace = rest.length > 0 ? rest : NO_NAMESPACE;
    return new PolicyIdentity(name, namespace, new ApiIdentity("", "", ""), flexVersion);
  }
  const api = new ApiIdentity(pluginName.substring(second + 1), apiName, apiVersion);
  return new PolicyIdentity(name, pluginName.substring(first + 1, second), api, flexVersion);
}

/**
 * Asks the host, at configure. Flex's listener metadata may not be there yet: `readFlexContext` asks again.
 */
export function readPolicyIdentity(): PolicyIdentity {
  const identity = identify(text(getProperty(PropertyPath.of(["plugin_name"]))), "", "", "");
  const told = readFlexContext(identity, "listener_metadata");
  return told !== null ? told : identity;
}

/** Asks during a stream: there Envoy has the listener's metadata as `xds.listener_metadata`. Null: not told. */
export function readIdentityInStream(identity: PolicyIdentity): PolicyIdentity | null {
  return readFlexContext(identity, "xds", "listener_metadata");
}

function readFlexContext(
  identity: PolicyIdentity,
  first: string,
  second: string = "",
): PolicyIdentity | null {
  if (!identity.api.isKnown) return null;
  const path = second.length > 0 ? [first, second] : [first];
  path.push("filter_metadata");
  path.push(identity.api.id);
  path.push("context");
  const context = getProperty(PropertyPath.of(path));
  if (context === null) return null;
  const root = parseJson(context).value;
  if (root === null) return null;
  const api = new ApiIdentity(
    identity.api.id,
    textAt(root, "api", "name"),
    textAt(root, "api", "version"),
  );
  const flexVersion = textAt(root, "environment", "flexVersion");
  return new PolicyIdentity(identity.name, identity.namespace, api, flexVersion);
}

function text(value: ArrayBuffer | null): string {
  return value === null ? "" : bytesToString(value);
}

function textAt(root: JsonValue, outer: string, inner: string): string {
  const object = root.get(outer);
  if (object === null) return "";
  const value = object.get(inner);
  return value === null || value.kind != JsonKind.String ? "" : value.text;
}

function metricName(text: string): string {
  return mapCharacters(text, (code: i32): i32 => {
    return isLetter(code) || isDigit(code) || code == 0x2d ? code : 0x5f;
  });
}
