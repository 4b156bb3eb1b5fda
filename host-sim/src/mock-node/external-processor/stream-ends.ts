/** How does a stream end before its time, when faults ask for it? */
import type { ServerDuplexStream } from "@grpc/grpc-js";
import type { Socket } from "node:net";
import type { Fault } from "../faults/fault.ts";
import { grpcStatusOf } from "./grpc-status.ts";

/** Messages as bytes: faults send what is none, and what can't be read is counted here. */
export type ByteStream = ServerDuplexStream<Buffer, Buffer>;

export interface StreamEnd {
  /** A gRPC status goes out, or the connection is gone and nothing can. */
  readonly kind: "status" | "cut";
  readonly code: number;
  readonly details: string;
}

const ASKED = "a fault was asked for";

/** Undefined: the stream goes on. The first fault that ends it counts. */
export function endOf(faults: readonly Fault[]): StreamEnd | undefined {
  for (const { name, value } of faults) {
    if (name === "reset") return { kind: "cut", code: 14, details: ASKED };
    if (name === "close") return { kind: "status", code: 0, details: "" };
    if (name === "grpc-status") return { kind: "status", code: Number(value), details: ASKED };
    const code = name === "status" ? Number(value) : name === "error" ? 500 : undefined;
    if (code !== undefined) return { kind: "status", code: grpcStatusOf(code), details: ASKED };
  }
  return undefined;
}

/** All streams of the connection go with it. */
export function cutConnection(socket: Socket | undefined): void {
  if (socket === undefined) return;
  // resetAndDestroy() ends by destroySoon(), which would say goodbye (FIN) before it resets.
  socket.destroySoon = () => void socket.destroy();
  socket.resetAndDestroy();
}

/** Ends early when the stream ends. */
export function pause(ms: number, stream: ByteStream): Promise<void> {
  if (ms <= 0 || stream.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      stream.off("close", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    stream.on("close", done);
  });
}
