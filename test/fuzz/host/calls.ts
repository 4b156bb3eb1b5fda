/** Which calls has the policy under way, as the host keeps them? HTTP calls and gRPC streams, by their tokens. */
import type { Pair } from "./pairs.ts";

export interface HttpCall {
  readonly kind: "http";
  readonly token: number;
  readonly rootId: number;
  readonly cluster: string;
  readonly headers: readonly Pair[];
  readonly body: Uint8Array;
  readonly timeoutMs: number;
  /** Ticks of its root since it was made. */
  ticks: number;
  isAnswered: boolean;
}

const PROBE = Buffer.from("\x91\x8f\xa4type\xa5probe", "latin1");

/** Asks a node whether it is alive, and tells nothing: a message of its own kind, or a call of gRPC's health service. */
export function isProbe({ headers, body }: Pick<HttpCall, "headers" | "body">): boolean {
  const path = headers.find(([name]) => name === ":path")?.[1] ?? "";
  const isMessage = path.endsWith("/connector/v1/messages");
  return !isMessage || PROBE.equals(body.subarray(0, PROBE.length));
}

export interface GrpcStream {
  readonly kind: "grpc";
  readonly token: number;
  readonly rootId: number;
  readonly service: string;
  readonly method: string;
  /** A single call, of which one answer comes. */
  readonly isUnary: boolean;
  ticks: number;
  /** The policy has ended its side. */
  isClosed: boolean;
  /** The other side has ended. */
  isEnded: boolean;
  /** Reset by the policy: it is gone for the host. */
  isCancelled: boolean;
}

export class Calls {
  readonly http = new Map<number, HttpCall>();
  readonly grpc = new Map<number, GrpcStream>();
  /** How many calls were ever made. */
  made = 0;

  get openHttp(): HttpCall[] {
    return [...this.http.values()].filter((call) => !call.isAnswered);
  }

  /** Of those, what waits for a verdict or is told in a batch. */
  get openQuestions(): HttpCall[] {
    return this.openHttp.filter((call) => !isProbe(call));
  }

  /** Those that the host still calls back about. */
  get openGrpc(): GrpcStream[] {
    return [...this.grpc.values()].filter((stream) => !stream.isEnded && !stream.isCancelled);
  }

  /** Entries that a host would keep for ever: ended by the other side, never closed by ours. */
  get leakedGrpc(): GrpcStream[] {
    return [...this.grpc.values()].filter(
      (stream) => stream.isEnded && !stream.isClosed && !stream.isCancelled && !stream.isUnary,
    );
  }

  tick(rootId: number): void {
    for (const call of this.http.values()) if (call.rootId === rootId) call.ticks++;
    for (const call of this.grpc.values()) if (call.rootId === rootId) call.ticks++;
  }
}
