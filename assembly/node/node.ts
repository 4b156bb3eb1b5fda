// What is one node? The cluster by which the gateway knows it, how it is addressed, and whether it is alive.
import { bytesToString, ByteWriter, SerializedPairs, stringToBytes } from "as-proxy-wasm";
import { Config } from "../config";
import { Telemetry } from "../telemetry";
import { HealthProbe } from "./health-probe";
import { NodeHealth } from "./node-health";
import { NodeUrl } from "./node-url";

export class Node extends NodeHealth {
  /** Until this tick others are asked first: the gateway refuses calls to it. */
  refusedUntil: i32 = 0;
  /** Until this tick the gateway is taken to know a host of it. */
  knownUntil: i32 = 0;

  /** Of each call to it. */
  headers: SerializedPairs = new SerializedPairs();
  /** The same cluster, for gRPC. */
  readonly target: string;

  constructor(
    cluster: string,
    url: string,
    readonly address: NodeUrl,
    config: Config,
    telemetry: Telemetry,
    /** All nodes of a policy are a chain. */
    readonly next: Node | null,
  ) {
    super(cluster, url, new HealthProbe(address, config.speaksExtProc), config, telemetry);
    this.target = grpcTarget(cluster);
  }
}

/**
 * Envoy reads the name of a cluster as a serialized GrpcService first, and crashes on a name that is one by chance. So it
 * gets what it looks for: GrpcService.envoy_grpc.cluster_name, where the lengths fit into a byte of ASCII.
 */
function grpcTarget(cluster: string): string {
  const bytes = stringToBytes(cluster);
  const length = bytes.byteLength;
  if (length > 125) return cluster;
  const out = new ByteWriter();
  out.writeU16BE(0x0a00 | (length + 2));
  out.writeU16BE(0x0a00 | length);
  out.writeBytes(bytes, 0, length);
  return bytesToString(out.toArrayBuffer());
}
