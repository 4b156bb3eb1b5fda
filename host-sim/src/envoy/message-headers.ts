/** What does Envoy itself do to the headers of a request before the filters, and of an answer behind them? */
import { randomUUID } from "node:crypto";
import { takeClientAddress, type ClientAddressOptions } from "./client-address.ts";
import type { Clock } from "./clock.ts";
import type { LocalReply } from "./filter.ts";
import { HeaderMap } from "./header-map.ts";
import type { StreamInfo } from "./stream-info.ts";

/** HTTP/1 has them in this order, whatever the order of the request line and `Host`. */
const pseudoOrder = [":authority", ":path", ":method", ":scheme"];

export function prepareRequest(
  headers: HeaderMap,
  info: StreamInfo,
  clientAddress: ClientAddressOptions,
): HeaderMap {
  const { protocol, tls } = info.connection;
  const request = new HeaderMap([], "request");
  if (!protocol.startsWith("HTTP/2")) {
    for (const name of pseudoOrder) {
      const value = name === ":authority" ? authority(headers) : headers.getFirst(name);
      if (value !== undefined) request.add(name, value);
    }
  }
  for (const [name, value] of headers) {
    const known = name === "host" || (name.startsWith(":") && request.has(name));
    if (!known) request.add(name, value);
  }
  // How a body is framed is between two hops; content-length alone stays.
  request.remove("transfer-encoding");
  if (!request.has(":scheme")) request.add(":scheme", tls ? "https" : "http");
  info.sourceAddress = takeClientAddress(request, info.connection, clientAddress);
  if (!request.has("x-request-id")) request.add("x-request-id", randomUUID());
  return request;
}

function authority(headers: HeaderMap): string | undefined {
  return headers.getFirst(":authority") ?? headers.getFirst("host");
}

/** Requests that Envoy answers itself: no filter sees their headers, yet all are logged. */
export function rejection(headers: HeaderMap, protocol: string): LocalReply | null {
  const reply = (code: number, details: string): LocalReply => ({
    code,
    body: "",
    headers: [],
    grpcStatus: undefined,
    details,
  });
  if (!headers.has(":authority") && protocol !== "HTTP/1.0")
    return reply(400, "missing_host_header");
  const path = headers.getFirst(":path");
  if (path === undefined || path === "") {
    return headers.getFirst(":method") === "CONNECT" ? null : reply(404, "missing_path_rejected");
  }
  return null;
}

export function prepareResponse(headers: HeaderMap, clock: Clock): void {
  // Hop by hop; an upgrade's `connection` is the answer itself.
  if (headers.getFirst(":status") !== "101") headers.remove("connection");
  for (const name of ["transfer-encoding", "keep-alive", "proxy-connection"]) headers.remove(name);
  if (!headers.has("date")) headers.add("date", new Date(clock.now()).toUTCString());
  headers.set("server", "envoy");
}
