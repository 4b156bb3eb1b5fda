/**
 * Whom does a filter mean by the service of a gRPC call? A serialized `GrpcService`, or else the name of a cluster. Envoy
 * tries the former first, so that a name which is a protobuf message by chance is taken for one.
 */
import { bytesToLatin1 } from "../wasm/byte-string.ts";

export type GrpcTarget =
  { readonly kind: "name" | "service"; readonly cluster: string } | { readonly kind: "nothing" };

export function grpcTarget(service: Uint8Array): GrpcTarget {
  const fields = readFields(service);
  if (fields === null) return { kind: "name", cluster: bytesToLatin1(service) };
  // GrpcService.envoy_grpc and, in it, EnvoyGrpc.cluster_name: field 1 each.
  const envoyGrpc = fields.get(1);
  const cluster = envoyGrpc === undefined ? undefined : readFields(envoyGrpc)?.get(1);
  if (cluster === undefined) return { kind: "nothing" };
  return { kind: "service", cluster: bytesToLatin1(cluster) };
}

const WireType = { Varint: 0, Fixed64: 1, Bytes: 2, Fixed32: 5 } as const;

/** The last value of each field that is bytes; `null`: not a protobuf message. */
function readFields(message: Uint8Array): Map<number, Uint8Array> | null {
  const fields = new Map<number, Uint8Array>();
  let at = 0;
  const varint = (): number => {
    for (let value = 0, scale = 1; at < message.length && scale < 2 ** 49; scale *= 128) {
      const byte = message[at++]!;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    return Number.NaN;
  };
  while (at < message.length) {
    const tag = varint();
    const field = Math.floor(tag / 8);
    const wireType = tag % 8;
    if (!(field > 0)) return null;
    let size: number;
    if (wireType === WireType.Varint) size = Number.isNaN(varint()) ? Number.NaN : 0;
    else if (wireType === WireType.Fixed64) size = 8;
    else if (wireType === WireType.Fixed32) size = 4;
    else if (wireType === WireType.Bytes) size = varint();
    else return null;
    if (!(at + size <= message.length)) return null;
    if (wireType === WireType.Bytes) fields.set(field, message.subarray(at, at + size));
    at += size;
  }
  return fields;
}
