// How is a node asked whether it is alive and judges? By a message of the policy's own, that it judges like any other; over
// ext_proc by gRPC's health service. One HTTP call, for gRPC is HTTP too, and a call that the gateway can't make is refused at
// once, where a gRPC stream would crash it (docs/nodes.md).
import {
  ByteWriter,
  dispatchHttpCall,
  getCurrentTimeNanoseconds,
  getHeaderPairs,
  HeaderMapType,
  Identified,
  SerializedPairs,
  StaticName,
} from "as-proxy-wasm";
import { RequestId, RequestIdSource } from "../request-id";
import { connectorHeaders } from "./connector/connector-headers";
import { gatewaysReason, NODE_HEADER } from "./connector/http-reply";
import { writeProbe } from "./connector/message";
import { Node } from "./node";
import { callHeaders, NodeUrl } from "./node-url";
import { isOverflow, isUnseen } from "./unseen";

/** Envoy's router adds it to what an upstream answered, and not to what it makes up itself (test/nodes/health.test.ts). */
const SERVICE_TIME = StaticName.of("x-envoy-upstream-service-time");

export class HealthProbe {
  private readonly headers: SerializedPairs;
  private readonly body: ByteWriter = new ByteWriter();

  constructor(
    url: NodeUrl,
    private readonly speaksExtProc: bool,
    private readonly ids: RequestIdSource,
  ) {
    this.headers = speaksExtProc
      ? callHeaders(url, "POST", "/grpc.health.v1.Health/Check")
          .add("content-type", "application/grpc")
          .add("te", "trailers")
      : connectorHeaders(url);
  }

  /** The call's token, or minus the status of its refusal. */
  send(cluster: string, timeoutMs: u32): i64 {
    const body = this.body;
    body.clear();
    if (this.speaksExtProc) {
      // An empty message: its flag, and a length of 0.
      body.writeU8(0);
      body.writeU32BE(0);
    } else writeProbe(body, this.ids.next(), getCurrentTimeNanoseconds() / 1000);
    return dispatchHttpCall(cluster, this.headers, body, null, timeoutMs);
  }
}

export enum ProbeAnswer {
  /** None, or one that no node made. */
  None,
  /** No connection was made: nobody listens there. */
  Nobody,
  /** The node's, whatever it says. */
  Nodes,
  /** The gateway had no room for the probe among what is under way. */
  NoRoom,
}

/** A probe under way. */
@final
export class ProbeCall extends Identified {
  constructor(
    readonly node: Node,
    /** Sent because a question is doubtful; else because the node's health is in question. */
    readonly isCanary: bool,
    private readonly speaksExtProc: bool,
    /** From this tick on its answer comes by its time-out. */
    private readonly lateAtTick: i32,
  ) {
    super();
  }

  isLate(tick: i32): bool {
    return tick >= this.lateAtTick;
  }

  /** What the answer says whose callback is running. */
  read(headerCount: u32, bodySize: u32): ProbeAnswer {
    // An answer that broke off is none.
    const headers = headerCount > 0 ? getHeaderPairs(HeaderMapType.HttpCallResponseHeaders) : null;
    if (headers === null) return ProbeAnswer.None;
    if (headers.find(this.speaksExtProc ? SERVICE_TIME : NODE_HEADER) >= 0)
      return ProbeAnswer.Nodes;
    const why = gatewaysReason(bodySize);
    if (isOverflow(why)) return ProbeAnswer.NoRoom;
    return isUnseen(why) ? ProbeAnswer.Nobody : ProbeAnswer.None;
  }
}
