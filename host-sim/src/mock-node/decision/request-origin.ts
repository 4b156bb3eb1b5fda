/** Who sent a request, and to which host, when it came through proxies (`proxy_headers`)? */
import type { ProxyHeadersRule } from "../config/node-config.ts";
import type { RequestMessage } from "../contract/messages.ts";
import { Networks } from "./networks.ts";

export interface RequestOrigin {
  readonly clientIp: string;
  /** Latin1, with its port if it has one. */
  readonly host: string;
}

export type OriginOf = (request: RequestMessage) => RequestOrigin;

/** Only the first rule that trusts the sender counts, as in the vendor's node. */
export function createOriginOf(rules: readonly ProxyHeadersRule[]): OriginOf {
  const trusting = rules.map((rule) => ({
    ...rule,
    trusted: rule.trustedNetworks && new Networks(rule.trustedNetworks),
  }));
  return (request) => {
    const rule = trusting.find(({ trusted }) => trusted?.include(request.clientIp) ?? true);
    const realIp = rule && firstHeader(request, rule.realIp)?.split(",")[0]?.trim();
    const host = rule && firstHeader(request, rule.originalHost)?.trim();
    return { clientIp: realIp || request.clientIp, host: host || request.host };
  };
}

function firstHeader(request: RequestMessage, names: readonly string[]): string | undefined {
  for (const name of names) {
    const header = request.headers.find(([key]) => key.toLowerCase() === name);
    if (header) return header[1];
  }
  return undefined;
}
