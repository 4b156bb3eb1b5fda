// How does a module speak gRPC? ABI section "gRPC calls". Callbacks come to the root context, by token.
import {
  proxy_get_status,
  proxy_grpc_call,
  proxy_grpc_cancel,
  proxy_grpc_close,
  proxy_grpc_send,
  proxy_grpc_stream,
} from "../abi/imports";
import {
  addressOf,
  sizeOf,
  RETURN_DATA,
  RETURN_SIZE,
  RETURN_VALUE,
  expectResult,
  takeResult,
} from "../abi/memory";
import { SerializedPairs } from "../abi/serialized-pairs";
import { idOrFailure, seen } from "../abi/status";
import { Status } from "../abi/types";
import { ByteWriter } from "../bytes/byte-writer";
import { bytesToString } from "../bytes/text";
import { encodeUtf8 } from "../bytes/utf8";

/** One message there, one back. Gives the token, or minus the `Status`; then no callback comes. */
export function grpcCall(
  cluster: string,
  service: string,
  method: string,
  metadata: SerializedPairs | null,
  message: ByteWriter | null,
  timeoutMs: u32,
): i64 {
  if (message !== null && message.failed) return idOrFailure(seen(Status.InternalFailure), 0);
  const clusterBytes = encodeUtf8(cluster);
  const serviceBytes = encodeUtf8(service);
  const methodBytes = encodeUtf8(method);
  const metadataBytes = metadata !== null ? metadata.bytes() : null;
  expectResult();
  const status = proxy_grpc_call(
    addressOf(clusterBytes),
    sizeOf(clusterBytes),
    addressOf(serviceBytes),
    sizeOf(serviceBytes),
    addressOf(methodBytes),
    sizeOf(methodBytes),
    addressOf(metadataBytes),
    sizeOf(metadataBytes),
    message !== null ? message.dataStart : 0,
    message !== null ? <usize>message.length : 0,
    timeoutMs,
    RETURN_VALUE,
  );
  return idOrFailure(seen(status), load<u32>(RETURN_VALUE));
}

/** Opens a stream of messages. Gives the token, or minus the `Status`; then no callback comes. */
export function grpcStream(
  cluster: string,
  service: string,
  method: string,
  metadata: SerializedPairs | null,
): i64 {
  return grpcStreamTo(encodeUtf8(cluster), service, method, metadata);
}

/**
 * The same, to what `grpcService` says: a serialized `envoy.config.core.v3.GrpcService`, with which more than a cluster can be
 * said, for example the `:authority` of the stream.
 */
export function grpcStreamTo(
  grpcService: ArrayBuffer,
  service: string,
  method: string,
  metadata: SerializedPairs | null,
): i64 {
  const serviceBytes = encodeUtf8(service);
  const methodBytes = encodeUtf8(method);
  const metadataBytes = metadata !== null ? metadata.bytes() : null;
  expectResult();
  const status = proxy_grpc_stream(
    addressOf(grpcService),
    sizeOf(grpcService),
    addressOf(serviceBytes),
    sizeOf(serviceBytes),
    addressOf(methodBytes),
    sizeOf(methodBytes),
    addressOf(metadataBytes),
    sizeOf(metadataBytes),
    RETURN_VALUE,
  );
  return idOrFailure(seen(status), load<u32>(RETURN_VALUE));
}

/** Sends a message on a stream; with `endStream` it is our last one. */
export function grpcSend(token: u32, message: ByteWriter | null, endStream: bool): Status {
  if (message !== null && message.failed) return <Status>seen(Status.InternalFailure);
  const data = message !== null ? message.dataStart : 0;
  const size = message !== null ? <usize>message.length : 0;
  return <Status>seen(proxy_grpc_send(token, data, size, endStream ? 1 : 0));
}

/** Resets a call or stream: no callback comes after it. */
export function grpcCancel(token: u32): Status {
  return <Status>seen(proxy_grpc_cancel(token));
}

/** Ends our side of a stream; on a call the same as `grpcCancel`. */
export function grpcClose(token: u32): Status {
  return <Status>seen(proxy_grpc_close(token));
}

/** How a gRPC call or stream ended. */
@final
export class GrpcCallStatus {
  constructor(
    readonly code: u32,
    readonly message: string,
  ) {}
}

/** To be asked in `onGrpcClose`. */
export function getGrpcStatus(): GrpcCallStatus | null {
  expectResult();
  const message = takeResult(proxy_get_status(RETURN_VALUE, RETURN_DATA, RETURN_SIZE));
  if (message === null) return null;
  return new GrpcCallStatus(load<u32>(RETURN_VALUE), bytesToString(message));
}
