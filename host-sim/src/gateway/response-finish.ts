/**
 * How does Envoy's codec write the head of an answer? Hop-by-hop fields go; `connection: close` and the framing come last, in
 * this order (seen on Envoy 1.40). What the connection manager adds before, such as `date`, is not done here.
 */
import { STATUS_CODES } from "node:http";
import { HeaderMap } from "../envoy/header-map.ts";

export interface AnswerFraming {
  readonly endStream: boolean;
  readonly method: string;
  readonly httpVersion: string;
  /** Tell the client that its connection ends with this answer. */
  readonly close: boolean;
  /** The answer agrees to a tunnel. */
  readonly tunnel: boolean;
}

export interface FinishedAnswer {
  readonly status: number;
  readonly reason: string;
  /** name, value, name, value …, as node:http takes them */
  readonly fields: string[];
}

export function finishResponse(answer: HeaderMap, framing: AnswerFraming): FinishedAnswer {
  const headers = new HeaderMap(answer.entries);
  const status = Number(headers.get(":status") ?? "200");
  const close = framing.close || /^close$/i.test(headers.get("connection") ?? "");
  if (!framing.tunnel) {
    headers.remove("connection");
    headers.remove("upgrade");
  }
  for (const name of ["transfer-encoding", "keep-alive", "proxy-connection"]) headers.remove(name);
  if (close && !framing.tunnel) headers.add("connection", "close");
  frame(headers, status, framing);
  const fields = headers.entries.filter(([name]) => !name.startsWith(":")).flat();
  return { status, reason: STATUS_CODES[status] ?? "Unknown", fields };
}

function frame(headers: HeaderMap, status: number, framing: AnswerFraming): void {
  const bodyless = framing.tunnel || status < 200 || status === 204 || status === 304;
  if (bodyless || headers.has("content-length")) return;
  if (framing.endStream) {
    if (framing.method !== "HEAD") headers.add("content-length", "0");
  } else if (framing.httpVersion !== "1.0") {
    headers.add("transfer-encoding", "chunked");
  }
}

/** A whole answer that Envoy makes without asking any filter: a request that is no HTTP, or too large a head. */
export function refusalText(status: number, withBody: boolean): string {
  const reason = STATUS_CODES[status] ?? "Unknown";
  const lines = [`HTTP/1.1 ${status} ${reason}`];
  if (withBody) lines.push(`content-length: ${reason.length}`, "content-type: text/plain");
  lines.push(`date: ${new Date().toUTCString()}`, "server: envoy", "connection: close");
  if (!withBody) lines.push("content-length: 0");
  return `${lines.join("\r\n")}\r\n\r\n${withBody ? reason : ""}`;
}
