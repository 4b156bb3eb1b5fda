// How do tests make the calls that take writers and pairs? With the writer and the pairs that they have filled before.
import {
  ByteWriter,
  PropertyPath,
  SerializedPairs,
  dispatchHttpCall,
  getGrpcStatus,
  getProperty,
  getSharedData,
  grpcCall,
  grpcSend,
  grpcStream,
  grpcStreamTo,
  setProperty,
} from "as-proxy-wasm";
import { getPolicyMetadata, registerPolicyInitializer } from "as-proxy-wasm/flex";
import { writer } from "./bytes.as";
import { theSerialized } from "./fields.as";

export function httpCall(cluster: string, body: i32, withTrailers: bool, timeoutMs: u32): i64 {
  const trailers: SerializedPairs | null = withTrailers ? theSerialized() : null;
  const bytes: ByteWriter | null = body < 0 ? null : writer(body);
  return dispatchHttpCall(cluster, theSerialized(), bytes, trailers, timeoutMs);
}
export function callGrpc(cluster: string, service: string, method: string, message: i32): i64 {
  return grpcCall(cluster, service, method, theSerialized(), writer(message), 250);
}
export function streamGrpc(cluster: string, service: string, method: string): i64 {
  return grpcStream(cluster, service, method, null);
}
export function streamGrpcTo(grpcService: ArrayBuffer, service: string, method: string): i64 {
  return grpcStreamTo(grpcService, service, method, null);
}
export function sendGrpc(token: u32, message: i32, endStream: bool): i32 {
  const bytes: ByteWriter | null = message < 0 ? null : writer(message);
  return grpcSend(token, bytes, endStream);
}
export function grpcStatusText(): string | null {
  const status = getGrpcStatus();
  return status === null ? null : status.code.toString() + " " + status.message;
}
export function propertyOf(path: string): ArrayBuffer | null {
  return getProperty(PropertyPath.of(path.split("/")));
}
export function setPropertyOf(path: string, value: ArrayBuffer): i32 {
  return setProperty(PropertyPath.of(path.split("/")), value);
}
export function sharedValue(key: string): ArrayBuffer | null {
  const data = getSharedData(key);
  return data === null ? null : data.value;
}
export function sharedCas(key: string): u32 {
  const data = getSharedData(key);
  return data === null ? 0 : data.cas;
}
export function policyMetadataText(): string | null {
  const metadata = getPolicyMetadata();
  return metadata === null ? null : metadata.name + " in " + metadata.namespace;
}

let initializerAnswer: bool = true;
export function answerInitializer(ok: bool): void {
  initializerAnswer = ok;
}
registerPolicyInitializer((): bool => initializerAnswer);
