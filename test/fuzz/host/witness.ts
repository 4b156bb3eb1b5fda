/** What does a judge hear of a world? */
import type { GrpcStream, HttpCall } from "./calls.ts";
import type { Exchange, LocalReply } from "./exchange.ts";

/** Hears of everything that matters to what is right. */
export interface Witness {
  onLog(level: number, text: string): void;
  onHeaders(exchange: Exchange): void;
  /** The host refused the policy something about this stream, or for all of them. */
  onHostFailure(exchange: Exchange | null, hostcall: string): void;
  onOut(exchange: Exchange): void;
  onReply(exchange: Exchange, reply: LocalReply): void;
  onHttpCall(call: HttpCall): void;
  onCallRefused(call: Pick<HttpCall, "headers" | "body">): void;
  onGrpcSend(stream: GrpcStream, message: Uint8Array): void;
  onGrpcRefused(): void;
  onGrpcCancel(stream: GrpcStream): void;
  onTick(rootId: number): void;
  afterCallback(name: string): void;
}

/** Before there is a judge. */
export const SILENT = new Proxy({} as Witness, { get: () => () => {} });
