/**
 * An external processor that does wrong on purpose, on bare HTTP/2: a port for each fault, frames and statuses written by hand. It
 * remembers what it let pass.
 */
import { createServer as createHttp2Server } from "node:http2";
import type { ServerHttp2Stream } from "node:http2";
import type { Socket } from "node:net";
import { readTold } from "../../support/ext-proc/codec.ts";
import type { Told } from "../../support/ext-proc/codec.ts";
import { certificate } from "./certificate.ts";
import { FaultPorts } from "./fault-ports.ts";
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

export class FaultyProcessor extends FaultPorts {
  /** Resolves with the port that has this fault. */
  listen(fault: ProcessorFault): Promise<number> {
    const http2 = createHttp2Server();
    http2.on("stream", (stream, headers) => {
      if (headers[":path"] === PROCESS) this.#serve(stream, fault);
      else new Talk(stream).end(UNIMPLEMENTED); // who asks for health, and learns that there is somebody
    });
    http2.on("sessionError", () => {});
    const tls = fault.tls ? { ...certificate(), ALPNProtocols: ["h2"] } : undefined;
    return this.open(tls, (socket) => {
      if (fault.onConnection === undefined) http2.emit("connection", socket);
      else fault.onConnection(socket);
    });
  }

  #serve(stream: ServerHttp2Stream, fault: ProcessorFault): void {
    const talk = new Talk(stream);
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
    talk.onCarriedOn = ({ kind, body }) => {
      if (kind !== "request_body" || body === undefined) return;
      this.judged.set(path, (this.judged.get(path) ?? 0) + body.length);
    };
    // Where the fault says nothing of it, a stream ends well when the client's side has ended.
    talk.onEnd = () => talk.end(0);
  }
}
