/**
 * A node that does wrong on purpose, over raw sockets: a port for each fault, each call answered as the fault has it. It shares
 * no code with the mock node, and remembers what it was asked to judge.
 */
import type { Socket } from "node:net";
import { Http1Reader } from "../../support/http1-reader.ts";
import { decodeMessages } from "../../support/node/messages.ts";
import type { Message } from "../../support/node/messages.ts";
import { Call, ID_WITHIN, idIn } from "./call.ts";
import { certificate } from "./certificate.ts";
import { FaultPorts } from "./fault-ports.ts";
import type { Probes } from "./oracle.ts";
import { faultyFrom } from "./requests.ts";

/** What a node does wrong. Whatever is left out is done right. */
export interface NodeFault {
  /** Speaks TLS. */
  readonly tls?: boolean;
  /** True: the connection is dealt with, nothing is read of it. */
  readonly onConnection?: (socket: Socket) => boolean;
  /** Called with the first bytes of a call: true if it is answered before all of it was read. */
  readonly onBeginning?: (call: Call) => boolean;
  readonly answer?: (call: Call) => void | Promise<void>;
}

/** The beginning of a probe has this type in it. */
const PROBE = Buffer.from("\xa5probe", "latin1");

export class FaultyNode extends FaultPorts {
  readonly #paths = new Map<string, string>();

  /** Resolves with the port that has this fault. */
  listen(fault: NodeFault, probes: Probes): Promise<number> {
    const tls = fault.tls ? certificate() : undefined;
    return this.open(tls, (socket) => void this.#serve(socket, fault, probes));
  }

  canJudgeProbes(fault: NodeFault | undefined): boolean {
    return fault?.answer !== undefined || fault?.onBeginning !== undefined;
  }

  async #serve(socket: Socket, fault: NodeFault, probes: Probes): Promise<void> {
    socket.setNoDelay(true);
    if (fault.onConnection?.(socket)) return;
    const reader = new Http1Reader(socket);
    try {
      while (await this.#serveCall(socket, reader, fault, probes));
    } catch {
      socket.destroy(); // ended by the gateway, or by the fault
    }
  }

  /** False: the connection takes no more calls. */
  async #serveCall(
    socket: Socket,
    reader: Http1Reader,
    fault: NodeFault,
    probes: Probes,
  ): Promise<boolean> {
    const head = await reader.readHead();
    await reader.has(ID_WITHIN);
    const isJudged = probes === "judged" && reader.unread.subarray(0, ID_WITHIN).includes(PROBE);
    if (fault.onBeginning !== undefined && !isJudged) {
      if (fault.onBeginning(new Call(socket, [idIn(reader.unread)]))) return false;
    }
    const { body } = await reader.readBody(head, false);
    const messages = this.#note(body);
    const call = new Call(socket, messages);
    if (isJudged || this.#isStillWell(messages)) call.judge("pass");
    else await (fault.answer ?? ((each: Call) => each.judge("pass")))(call);
    return !socket.destroyed;
  }

  #note(body: Buffer): Message[] {
    try {
      const messages = decodeMessages(body);
      for (const { id, path } of messages) if (path !== undefined) this.#paths.set(id, path);
      return messages;
    } catch (error) {
      this.problems.push((error as Error).message);
      return [];
    }
  }

  /** Of some requests only a later part meets the fault: their paths say so. */
  #isStillWell(messages: readonly Message[]): boolean {
    const asked = messages.find((each) => each.type !== "response");
    if (asked === undefined) return false;
    return asked.part < faultyFrom(this.#paths.get(asked.id) ?? "");
  }
}
