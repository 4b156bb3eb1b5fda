// What did the policy read from a configuration? The error, or all parameters as lines of text.
import { bytesToString } from "as-proxy-wasm";
import { Config, ConfigResult, readConfig } from "../../../assembly/config";

let last: ConfigResult | null = null;

/** The error line; empty if the configuration is taken. */
export function configError(json: ArrayBuffer): string {
  last = readConfig(json);
  return last!.error;
}

/** `name=value` a line, of the configuration that was read last; null if it was refused. */
export function configValues(): string | null {
  const config = last!.config;
  return config === null ? null : lines(config).join("\n");
}

export function configWarnings(): string {
  return last!.warnings.join("\n");
}

/** Of the configuration that was read last. */
export function configFingerprint(): ArrayBuffer | null {
  const config = last!.config;
  return config === null ? null : config.fingerprint;
}

function lines(config: Config): string[] {
  return [
    "wallarm_node=" + config.nodeUrl,
    "node_protocol=" + ["connector", "ext_proc", "auto"][config.nodeProtocol],
    "real_ip_header=" + bytesToString(config.realIpHeader.bytes),
    "real_host_header=" + bytesToString(config.realHostHeader.bytes),
    "wallarm_mode=" + ["sync", "async"][config.mode],
    "fallback_action=" + ["pass", "block"][config.fallbackAction],
    "unjudged_action=" + ["pass", "block"][config.unjudgedAction],
    "parse_responses=" + config.parseResponses.toString(),
    "response_body_limit=" + config.responseBodyLimit.toString(),
    "verbose_logging=" + config.verboseLogging.toString(),
    "request_body_limit=" + config.requestBodyLimit.toString(),
    "request_body_overflow=" + ["inspect", "pass", "block"][config.requestBodyOverflow],
    "request_hold_limit=" + config.requestHoldLimit.toString(),
    "held_memory_limit=" + config.heldMemoryLimit.toString(),
    "node_timeout_ms=" + config.nodeTimeoutMs.toString(),
    "block_status=" + config.blockStatus.toString(),
    "block_body=" + config.blockBody,
    "trusted_hops=" + config.trustedHops.toString(),
    "node_retries=" + config.nodeRetries.toString(),
    "additional_nodes=" + config.moreUrls.join(","),
    "breaker_failures=" + config.breakerFailures.toString(),
    "header_holding=" + ["auto", "on", "off"][config.headerHolding],
    "wallarm_cluster=" + config.cluster,
  ];
}
