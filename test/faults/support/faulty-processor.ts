/**
 * An external processor that does wrong on purpose, on bare HTTP/2: a port for each fault, frames and statuses written by hand.
 */
import { createServer as createHttp2Server } from "node:http2";
import type { Socket } from "node:net";
import { readTold } from "../../support/ext-proc/codec.ts";
import type { Told } from "../../support/ext-proc/codec.ts";
import { certificate } from "./certificate.ts";
import { FaultPorts } from "./fault-ports.ts";
import type { Probes } from "./oracle.ts";
import { faultyFrom } from "./requests.ts";
import { Talk } from "./talk.ts";

/** What a processor does wrong. Whatever is left out is done right. */
export interface ProcessorFault {
  readonly tls?: boolean;
  /** The connection is dealt with, no HTTP/2 is spoken on it. */
  readonly onConnection?: (socket: Socket) => void;
  /** To one message of a request, and to all that follow on its stream. */
  readonly answer?: (talk: Talk, told: Told) => unknown;
  /** To the messages of a response. */
  readonly answerResponse?: (talk: Talk, told: Told) => unknown;
}

const PROCESS = "/envoy.service.ext_proc.v3.ExternalProcessor/Process";
const UNIMPLEMENTED = 12;
/** Of HTTP/2. */
const INTERNAL_ERROR = 2;

export class FaultyProcessor extends FaultPorts {
  /** Resolves with the port that has this fault. */
  listen(fault: ProcessorFault, probes: Probes): Promise<number> {
    const http2 = createHttp2Server();
    http2.on("stream", (stream, headers) => {
      const talk = new Talk(stream);
      if (headers[":path"] === PROCESS) serve(talk, fault);
      // Who asks for health learns that there is somebody, or that there is nobody.
      else if (probes === "judged") talk.end(UNIMPLEMENTED);
      else talk.reset(INTERNAL_ERROR);
    });
    http2.on("sessionError", () => {});
    const tls = fault.tls ? { ...certificate(), ALPNProtocols: ["h2"] } : undefined;
    return this.open(tls, (socket) => {
      if (fault.onConnection === undefined) http2.emit("connection", socket);
      else fault.onConnection(socket);
    });
  }

  canJudgeProbes(fault: ProcessorFault | undefined): boolean {
    return fault?.answer !== undefined;
  }
}

function serve(talk: Talk, fault: ProcessorFault): void {
  let path = "";
  let messages = 0;
  talk.onMessage = (bytes) => {
    const told = readTold(bytes);
    path ||= told.headers?.find((line) => line.startsWith(":path: "))?.slice(7) ?? "";
    const isRequest = told.kind.startsWith("request_");
    const isWell = isRequest && messages++ < faultyFrom(path);
    if (isRequest && !isWell && fault.answer !== undefined) fault.answer(talk, told);
    else if (!isRequest && fault.answerResponse !== undefined) fault.answerResponse(talk, told);
    else if (!told.observability) talk.carryOn(told);
  };
  // Where the fault says nothing of it, a stream ends well when the client's side has ended.
  talk.onEnd = () => talk.end(0);
}
