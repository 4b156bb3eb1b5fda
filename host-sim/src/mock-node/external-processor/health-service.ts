/** How does the node tell gateways that it serves (grpc.health.v1)? */
import type { handleServerStreamingCall, handleUnaryCall, ServiceDefinition } from "@grpc/grpc-js";
import { codecOf } from "./proto-files.ts";
import { PROCESS_PATH } from "./messages.ts";

interface CheckRequest {
  readonly service: string;
}
interface CheckResponse {
  readonly status: number;
}

const SERVING = 1;
const SERVICE_UNKNOWN = 3;
const NOT_FOUND = 5; // of gRPC

const scope = "grpc.health.v1";
const request = codecOf<CheckRequest>("health.proto", `${scope}.HealthCheckRequest`);
const response = codecOf<CheckResponse>("health.proto", `${scope}.HealthCheckResponse`);

const method = {
  requestStream: false,
  requestSerialize: request.encode,
  requestDeserialize: request.decode,
  responseSerialize: response.encode,
  responseDeserialize: response.decode,
} as const;

export const healthDefinition = {
  Check: { ...method, path: "/grpc.health.v1.Health/Check", responseStream: false },
  Watch: { ...method, path: "/grpc.health.v1.Health/Watch", responseStream: true },
} satisfies ServiceDefinition;

/** The whole server is the empty name. */
const served = ["", PROCESS_PATH.split("/")[1]];

export interface HealthHandlers {
  readonly Check: handleUnaryCall<CheckRequest, CheckResponse>;
  readonly Watch: handleServerStreamingCall<CheckRequest, CheckResponse>;
}

/** `asked` counts, and says when the answer may go out. */
export function healthHandlers(asked: () => Promise<void>): HealthHandlers {
  return {
    Check: (call, callback) => {
      void asked().then(() => {
        if (served.includes(call.request.service)) callback(null, { status: SERVING });
        else callback({ code: NOT_FOUND, details: "no such service here" });
      });
    },
    // The node serves until it is gone, so the first word is the last.
    Watch: (call) => {
      void asked().then(() => {
        const known = served.includes(call.request.service);
        call.write({ status: known ? SERVING : SERVICE_UNKNOWN });
      });
    },
  };
}
