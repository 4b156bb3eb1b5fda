/** Is this HTTP request a call of the contract, of a version that is spoken here, from a network that may call? */
import type { IncomingMessage } from "node:http";
import { ContractError } from "../contract/contract-error.ts";
import type { Networks } from "../decision/networks.ts";
import type { Call } from "../journal/entries.ts";

export type Target =
  | { readonly kind: "health" }
  | { readonly kind: "other" }
  | { readonly kind: "messages"; readonly version: string };

/** A gateway may have a prefix before the path: everything in front of the contract's own path is accepted. */
export function targetOf(url: string, healthEndpoint: string): Target {
  const path = url.split("?", 1)[0]!.slice(-4096);
  const messages = /\/connector\/v([0-9]{1,9})\/messages$/.exec(path);
  if (messages) return { kind: "messages", version: messages[1]! };
  return path.endsWith(healthEndpoint) ? { kind: "health" } : { kind: "other" };
}

export function checkCall(request: IncomingMessage, version: string, allowed: Networks): Call {
  const peer = request.socket.remoteAddress ?? "";
  if (!allowed.include(peer)) {
    const reason = `network of ${peer} is not in connector.allowed_networks`;
    throw new ContractError(403, reason, { rejected: "remote_address" });
  }
  if (version !== "1") {
    throw new ContractError(426, `contract version ${version} is not spoken here: version 1 is`, {
      rejected: "connector_info",
    });
  }
  if (request.method !== "POST")
    throw new ContractError(405, `method is ${request.method}: must be POST`);
  const type = request.headers["content-type"] ?? "absent";
  if (type.split(";")[0]!.trim().toLowerCase() !== "application/msgpack") {
    const reason = `content-type is ${type.slice(0, 100)}: must be application/msgpack`;
    throw new ContractError(400, reason, { errorType: "MsgpackDataFormat" });
  }
  return {
    peer: `${peer}:${request.socket.remotePort ?? 0}`,
    path: request.url ?? "",
    connector: connectorHeader(request, "x-wallarm-connector", /^[a-z][a-z0-9-]{0,63}$/i),
    connectorVersion: connectorHeader(
      request,
      "x-wallarm-connector-version",
      /^\d+\.\d+\.\d+([-+][0-9A-Za-z.+-]{1,64})?$/,
    ),
  };
}

function connectorHeader(request: IncomingMessage, name: string, form: RegExp): string {
  const value = request.headers[name];
  if (typeof value === "string" && form.test(value)) return value;
  const what = name.endsWith("version")
    ? "a semantic version such as 0.1.0"
    : "the connector's name";
  const shown = typeof value === "string" ? JSON.stringify(value.slice(0, 60)) : "absent";
  throw new ContractError(400, `header ${name} is ${shown}: must be ${what}`, {
    rejected: "connector_info",
  });
}
