// How is a node asked whether it is alive, and what counts as an answer? By one HTTP call, for gRPC is HTTP too, and a call
// that the gateway can't make is refused at once, where a gRPC stream would crash it (docs/nodes.md).
import {
  ByteWriter,
  dispatchHttpCall,
  getHeaderPairs,
  HeaderMapType,
  Identified,
  SerializedPairs,
  StaticName,
} from "as-proxy-wasm";
import { NodeHealth } from "./node-health";
import { callHeaders, NodeUrl } from "./node-url";

/** Envoy's router adds it to what an upstream answered, and not to what it makes up itself (test/nodes/health.test.ts). */
const SERVICE_TIME = StaticName.of("x-envoy-upstream-service-time");

export class HealthProbe {
  private readonly headers: SerializedPairs;
  private body: ByteWriter | null = null;

  constructor(url: NodeUrl, speaksExtProc: bool) {
    this.headers = speaksExtProc
      ? callHeaders(url, "POST", "/grpc.health.v1.Health/Check")
      : callHeaders(url, "GET", url.prefix + "/wallarm-external-health");
    if (speaksExtProc) {
      this.headers.add("content-type", "application/grpc").add("te", "trailers");
      // An empty message: its flag, and a length of 0.
      const body = new ByteWriter();
      body.writeU8(0);
      body.writeU32BE(0);
      this.body = body;
    }
  }

  /** The call's token, or minus the status of its refusal. */
  send(cluster: string, timeoutMs: u32): i64 {
    return dispatchHttpCall(cluster, this.headers, this.body, null, timeoutMs);
  }
}

/** Whether the answer whose callback is running is the node's, whatever it says. */
export function isNodesOwn(headerCount: u32): bool {
  // No headers: an answer had begun, and broke off. One that never begins is made up by the gateway.
  if (headerCount == 0) return true;
  const headers = getHeaderPairs(HeaderMapType.HttpCallResponseHeaders);
  return headers === null || headers.find(SERVICE_TIME) >= 0;
}

/** A probe under way. */
export class ProbeCall extends Identified {
  constructor(readonly health: NodeHealth) {
    super();
  }
}
