/** Which gRPC status says what an HTTP status would? */
import { status } from "@grpc/grpc-js";

/** For the statuses of our own errors; others by the table that gRPC has for answers that are no gRPC. */
export function grpcStatusOf(httpStatus: number): status {
  return statuses[httpStatus] ?? status.UNKNOWN;
}

const statuses: Readonly<Record<number, status>> = {
  200: status.OK,
  400: status.INVALID_ARGUMENT,
  401: status.UNAUTHENTICATED,
  403: status.PERMISSION_DENIED,
  404: status.UNIMPLEMENTED,
  413: status.RESOURCE_EXHAUSTED,
  415: status.PERMISSION_DENIED,
  429: status.UNAVAILABLE,
  500: status.INTERNAL,
  501: status.UNIMPLEMENTED,
  502: status.UNAVAILABLE,
  503: status.UNAVAILABLE,
  504: status.DEADLINE_EXCEEDED,
};
