/** What does the node answer, and how is that sent when nothing is wrong? */
import type { ServerResponse } from "node:http";
import { encodeError } from "./encode.ts";

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** Only an answer with this header is the node's own (docs/node-protocol.md). */
export const NODE_HEADER = "x-wallarm-node";
export const NODE_VERSION = "0.1.0-mock";

export function nodeReply(status: number, body: Uint8Array): Reply {
  const headers = { [NODE_HEADER]: NODE_VERSION, "content-type": "application/msgpack" };
  return { status, headers, body };
}

export function errorReply(status: number, error: string): Reply {
  return nodeReply(status, encodeError(error));
}

export function sendReply(response: ServerResponse, reply: Reply): void {
  if (response.destroyed || response.headersSent) return; // the client has gone
  response.writeHead(reply.status, { ...reply.headers, "content-length": reply.body.length });
  response.end(reply.body);
}
