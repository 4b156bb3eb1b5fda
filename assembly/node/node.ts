// What is one node? The cluster by which the gateway knows it, how it is addressed, and whether it is alive.
import { ByteWriter, SerializedPairs } from "as-proxy-wasm";
import { Config } from "../config";
import { Telemetry } from "../telemetry";
import { HealthProbe } from "./health-probe";
import { NodeHealth } from "./node-health";
import { RequestIdSource } from "../request-id";
import { beginNested, endNested, writeName } from "./ext-proc/protobuf-writer";
import { NodeUrl } from "./node-url";
import { Share } from "./share";

export class Node extends NodeHealth {
  /** Until this tick others are asked first: the gateway refuses calls to it. */
  refusedUntil: i32 = 0;
  /** Until this tick the gateway is taken to know a host of it. */
  knownUntil: i32 = 0;

  /** What is on its way to it and nobody waits for. */
  readonly share: Share = new Share();
  /** Of each call to it. */
  headers: SerializedPairs = new SerializedPairs();
  /** The same cluster, for gRPC. */
  readonly target: ArrayBuffer;
  readonly speaksExtProc: bool;

  constructor(
    cluster: string,
    url: string,
    readonly address: NodeUrl,
    config: Config,
    telemetry: Telemetry,
    ids: RequestIdSource,
    /** All nodes of a policy are a chain. */
    readonly next: Node | null,
  ) {
    super(cluster, url, new HealthProbe(address, config.speaksExtProc, ids), config, telemetry);
    this.speaksExtProc = config.speaksExtProc;
    this.target = grpcTarget(cluster, address.authority);
  }
}

/**
 * GrpcService.envoy_grpc {cluster_name = 1, authority = 2}, serialized: Envoy reads what it is given as that first, and as the name
 * of a cluster only where it is none (and would crash on a name that is one by chance). Without an authority the cluster's name
 * is sent as `:authority`, which is no host where Istio has named it.
 */
function grpcTarget(cluster: string, authority: string): ArrayBuffer {
  const out = new ByteWriter();
  const envoyGrpc = beginNested(out, 1);
  writeName(out, 1, cluster);
  writeName(out, 2, authority);
  endNested(out, envoyGrpc);
  return out.toArrayBuffer();
}
