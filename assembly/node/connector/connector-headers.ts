// What head does each call to a node have? Its path is the contract's, behind the prefix of the node's URL.
import { SerializedPairs } from "as-proxy-wasm";
import { VERSION } from "../../version";
import { callHeaders, NodeUrl } from "../node-url";

export function connectorHeaders(url: NodeUrl): SerializedPairs {
  return callHeaders(url, "POST", url.prefix + "/connector/v1/messages")
    .add("content-type", "application/msgpack")
    .add("x-wallarm-connector", "flex")
    .add("x-wallarm-connector-version", VERSION);
}
