/** What does a configuration mean? As docs/configuration.md says it, for the parameters that decide about requests. */
export interface Truth {
  readonly isSync: boolean;
  readonly fallbackPasses: boolean;
  readonly unjudgedPasses: boolean;
  readonly holdLimit: number;
  readonly overflow: "inspect" | "pass" | "block";
  readonly requestLimit: number;
  readonly parsesResponses: boolean;
  readonly responseLimit: number;
  readonly timeoutMs: number;
  readonly speaksExtProc: boolean;
  readonly trustedHops: number;
  /** Lower case. */
  readonly realIpHeader: string;
  readonly realHostHeader: string;
  /** Of our own block answers. */
  readonly blockStatus: number;
  readonly isVerbose: boolean;
}

type Configuration = Readonly<Record<string, unknown>>;

/** The meaning of a configuration that is right. */
export function truthOf(configuration: Configuration): Truth {
  const value = <T>(key: string, fallback: T): T => (configuration[key] ?? fallback) as T;
  const protocol = value<string>("node_protocol", "auto");
  const isH2 = /^h2:/i.test(value("wallarm_node", ""));
  const realHost = value("real_host_header", "Host").toLowerCase();
  return {
    isSync: value("wallarm_mode", "sync") === "sync",
    fallbackPasses: value("fallback_action", "pass") === "pass",
    unjudgedPasses: value<string>("unjudged_action", "block") === "pass",
    holdLimit: value("request_hold_limit", 8388608),
    overflow: value("request_body_overflow", "inspect"),
    requestLimit: value("request_body_limit", 1048576),
    parsesResponses: value("parse_responses", true),
    responseLimit: value("response_body_limit", 4096),
    timeoutMs: value("node_timeout_ms", 2000),
    speaksExtProc: protocol === "ext_proc" || (protocol === "auto" && isH2),
    trustedHops: value("trusted_hops", 0),
    realIpHeader: value("real_ip_header", "X-Forwarded-For").toLowerCase(),
    realHostHeader: realHost === "host" ? ":authority" : realHost,
    blockStatus: value("block_status", 403),
    isVerbose: value("verbose_logging", false),
  };
}
