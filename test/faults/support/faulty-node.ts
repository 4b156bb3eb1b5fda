/**
 * A node that does wrong on purpose, over raw sockets: a port for each fault, each call answered as the fault has it. It shares
 * no code with the mock node, and remembers what it was asked to judge.
 */
import { createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { Http1Reader } from "../../support/http1-reader.ts";
import { decodeMessages } from "../../support/node/messages.ts";
import type { Message } from "../../support/node/messages.ts";
import { Call, ID_WITHIN, idIn } from "./call.ts";
import { certificate } from "./certificate.ts";
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

function tlsServer(serve: (socket: Socket) => void): Server {
  const server = createTlsServer(certificate(), serve);
  server.on("tlsClientError", () => {}); // who speaks no TLS is hung up on
  return server;
}

export class FaultyNode {
  /** Bytes of request bodies that it let pass, by path. */
  readonly judged = new Map<string, number>();
  /** Faults of the tests themselves: calls that break the contract. */
  readonly problems: string[] = [];
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #paths = new Map<string, string>();

  /** Resolves with the port that has this fault. */
  async listen(fault: NodeFault): Promise<number> {
    const serve = (socket: Socket): void => void this.#serve(socket, fault);
    const server = fault.tls ? tlsServer(serve) : createServer(serve);
    this.#servers.push(server);
    const address = { port: 0, host: "127.0.0.1", backlog: 1024 };
    await new Promise<void>((resolve) => server.listen(address, resolve));
    return (server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    const closed = this.#servers.map((each) => new Promise((resolve) => each.close(resolve)));
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(closed);
  }

  async #serve(socket: Socket, fault: NodeFault): Promise<void> {
    socket.setNoDelay(true);
    socket.on("error", () => {});
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    if (fault.onConnection?.(socket)) return;
    const reader = new Http1Reader(socket);
    try {
      while (await this.#serveCall(socket, reader, fault));
    } catch {
      socket.destroy(); // ended by the gateway, or by the fault
    }
  }

  /** False: the connection takes no more calls. */
  async #serveCall(socket: Socket, reader: Http1Reader, fault: NodeFault): Promise<boolean> {
    const head = await reader.readHead();
    if (fault.onBeginning !== undefined) {
      await reader.has(ID_WITHIN);
      if (fault.onBeginning(new Call(socket, [idIn(reader.unread)]))) return false;
    }
    const { body } = await reader.readBody(head, false);
    const messages = this.#note(body);
    const call = new Call(socket, messages);
    if (this.#isStillWell(messages)) call.judge("pass");
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
    const path = this.#paths.get(asked.id) ?? "";
    if (asked.part >= faultyFrom(path)) return false;
    this.judged.set(path, (this.judged.get(path) ?? 0) + (asked.body?.length ?? 0));
    return true;
  }
}
