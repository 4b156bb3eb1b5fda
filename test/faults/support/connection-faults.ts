/** In which ways can the way to a node be broken, or a connection end before there is an answer? */
import type { Socket } from "node:net";
import { NOBODY } from "./nobody.ts";
import type { Call } from "./call.ts";
import type { Fault } from "./fault.ts";
import type { NodeFault } from "./faulty-node.ts";

const onConnection = (act: (socket: Socket) => unknown): NodeFault => ({
  onConnection(socket) {
    act(socket);
    return true;
  },
});

const answer = (act: (call: Call) => void): NodeFault => ({ answer: act });

export const WAYS: readonly Fault<NodeFault>[] = [
  { name: "refused", cluster: () => ({ url: NOBODY }) },
  { name: "unresolvable", cluster: () => ({ url: "http://nowhere.invalid:5050" }) },
  { name: "unknown-cluster", cluster: () => undefined },
  { name: "no-host", cluster: () => ({ empty: true }) },
  { name: "tls-to-plain", cluster: () => ({ tls: true }), node: {}, waits: true },
  { name: "plain-to-tls", node: { tls: true } },
  {
    name: "tls-alert",
    cluster: () => ({ tls: true }),
    // Fatal: handshake_failure.
    node: onConnection((socket) => socket.end(Buffer.from([21, 3, 3, 0, 2, 2, 40]))),
  },
  {
    name: "tls-hangs-up",
    cluster: () => ({ tls: true }),
    node: onConnection((socket) => socket.once("data", () => socket.resetAndDestroy())),
  },
  {
    name: "tls-then-reset",
    cluster: () => ({ tls: true }),
    node: { tls: true, answer: (call) => void call.socket.destroy() },
  },
];

export const CONNECTIONS: readonly Fault<NodeFault>[] = [
  {
    name: "accepts-and-reads-nothing",
    node: onConnection((socket) => socket.pause()),
    waits: true,
  },
  { name: "silent", node: answer(() => {}), waits: true },
  { name: "reset-on-accept", node: onConnection((socket) => socket.resetAndDestroy()) },
  { name: "closed-on-accept", node: onConnection((socket) => socket.end()) },
  {
    name: "reset-while-told",
    node: onConnection((socket) => socket.once("data", () => socket.resetAndDestroy())),
  },
  { name: "reset-before-reply", node: answer((call) => call.reset()) },
  { name: "closed-before-reply", node: answer((call) => call.socket.destroy()) },
  { name: "half-closed-before-reply", node: answer((call) => call.socket.end()) },
];
