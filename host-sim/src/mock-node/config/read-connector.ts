/** What do the blocks `connector`, `envoy_external_filter` and `proxy_headers` say? */
import { resolve } from "node:path";
import { isHostPattern } from "../decision/host-pattern.ts";
import type { ConnectorConfig, ListenAddress, ProxyHeadersRule } from "./node-config.ts";
import { Allowed, type Parse, type Section } from "./section.ts";
import {
  boolean,
  duration,
  headerName,
  integer,
  listenAddress,
  network,
  text,
  urlPath,
} from "./values.ts";

const hostPattern: Parse<string> = (value) =>
  typeof value === "string" && isHostPattern(value)
    ? value.toLowerCase()
    : new Allowed("a host name, in which * ? and [a-z] stand for others");

/** Paths of files are relative to `folder`, that of the configuration. */
export function readConnector(
  section: Section,
  key: ConnectorConfig["key"],
  folder: string,
  address: ListenAddress,
): ConnectorConfig {
  const health = section.section("external_health_check");
  const limits = section.section("per_connection_limits");
  const config: ConnectorConfig = {
    key,
    address: section.value("address", listenAddress, address),
    tls: readTls(section, folder),
    blocking: section.value("blocking", boolean, true),
    allowedNetworks: section.list("allowed_networks", network) ?? ["0.0.0.0/0", "::/0"],
    allowedHosts: section.list("allowed_hosts", hostPattern),
    urlNormalize: section.value("url_normalize", boolean, true),
    externalHealthCheck: {
      enabled: health.value("enabled", boolean, false),
      endpoint: health.value("endpoint", urlPath, "/wallarm-external-health"),
    },
    appReplyTimeout: section.optional("app_reply_timeout", duration),
    appReplyTimeoutCode: section.value("app_reply_timeout_code", integer(400, 599), 500),
    perConnectionLimits: {
      maxRequests: limits.optional("max_requests", integer(1)),
      maxReceivedBytes: limits.optional("max_received_bytes", integer(1)),
      maxDuration: limits.optional("max_duration", duration),
    },
  };
  if (key === "connector") section.withoutEffect("mesh");
  else {
    section.withoutEffect("app_reply_timeout_code");
    limits.withoutEffect("max_requests", "max_received_bytes");
    health.withoutEffect("endpoint");
  }
  for (const read of [health, limits, section]) read.warnUnknown();
  return config;
}

function readTls(section: Section, folder: string): ConnectorConfig["tls"] {
  const cert = section.optional("tls_cert", text);
  const key = section.optional("tls_key", text);
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined)
    throw section.error("tls_key", `needs ${section.keyPath("tls_cert")} beside it`);
  if (key === undefined)
    throw section.error("tls_cert", `needs ${section.keyPath("tls_key")} beside it`);
  return { certFile: resolve(folder, cert), keyFile: resolve(folder, key) };
}

export function readProxyHeaders(sections: readonly Section[]): ProxyHeadersRule[] {
  return sections.map((section) => {
    const rule: ProxyHeadersRule = {
      trustedNetworks: section.list("trusted_networks", network),
      originalHost: section.list("original_host", headerName) ?? [],
      realIp: section.list("real_ip", headerName) ?? [],
    };
    section.warnUnknown();
    return rule;
  });
}

export { hostPattern };
