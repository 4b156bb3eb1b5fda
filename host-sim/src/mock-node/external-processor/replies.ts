/** What does the node answer: go on, or this is what the client gets instead? */
import type { RequestMessage } from "../contract/messages.ts";
import {
  appendAction,
  type HeaderValueOption,
  type Phase,
  type ProcessingResponse,
} from "./messages.ts";

const PERMISSION_DENIED = 7; // of gRPC

/** Changes nothing. */
export function continueReply(phase: Phase): ProcessingResponse {
  return { [phase]: phase.endsWith("Trailers") ? {} : { response: {} } };
}

/** The answer by which the policy blocks too: a status and a small JSON body, both with the request id. */
export function blockReply(request: RequestMessage, status: number): ProcessingResponse {
  const headers = {
    "content-type": "application/json",
    "cache-control": "no-store",
    "x-wallarm-request-id": request.id,
  };
  const message = "The request was blocked.";
  return {
    immediateResponse: {
      status: { code: status },
      headers: { setHeaders: Object.entries(headers).map(([key, value]) => overwrite(key, value)) },
      body: Buffer.from(JSON.stringify({ error: "forbidden", message, requestId: request.id })),
      ...(isGrpc(request) ? { grpcStatus: { status: PERMISSION_DENIED } } : {}),
      details: "wallarm_forbidden",
    },
  };
}

/** Envoy 1.40 does so here whatever is asked for; the protocol's default is to append, which would make two content types. */
function overwrite(key: string, value: string): HeaderValueOption {
  return {
    header: { key, rawValue: Buffer.from(value, "latin1") },
    appendAction: appendAction.OVERWRITE_IF_EXISTS_OR_ADD,
  };
}

function isGrpc({ headers }: RequestMessage): boolean {
  const type = headers.find(([name]) => name === "content-type")?.[1] ?? "";
  return /^application\/grpc(?:$|[+;])/.test(type);
}
