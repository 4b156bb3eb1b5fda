// What did the user configure? The policy's parameters, with their defaults. Names, meanings and limits are those of
// definition/gcl.yaml; a configuration that breaks them is refused as a whole.
import { decimalText, StaticName } from "as-proxy-wasm";
import { ConfigReader } from "./config-reader";
import { FallbackAction } from "./failure-mode";
import { HeaderHolding } from "./header-holding";
import { ALLOWED_NODE_URL, NodeUrl, parseNodeUrl } from "./node/node-url";

export enum WallarmMode {
  Sync,
  Async,
}

export enum NodeProtocol {
  /** Our own contract over HTTP (docs/node-protocol.md). */
  Connector,
  /** Envoy's external processing protocol (docs/nodes.md). */
  ExtProc,
  /** By the URL: h2 means ExtProc. */
  Auto,
}

export enum BodyOverflow {
  /** Judged part by part. */
  Inspect,
  /** The rest flows on unjudged; the node is told. */
  Pass,
  /** 413. */
  Block,
}

const MAX_BYTES: i64 = 2147483647;
/** Bytes; with less, a handful of requests with full heads would be all that a worker can hold. */
const LEAST_HELD_MEMORY: i64 = 1048576;
/** Bytes; a call costs more than to judge so few of them. */
const SMALL_PART: u32 = 1024;

export class Config {
  /** As written; kept for the agent, which makes a service of it. */
  nodeUrl: string = "";
  node: NodeUrl = new NodeUrl("", "", "");
  /** `additional_nodes`, as written. */
  moreUrls: string[] = [];
  nodeProtocol: NodeProtocol = NodeProtocol.Auto;
  realIpHeader: StaticName = StaticName.of("x-forwarded-for");
  realHostHeader: StaticName = StaticName.of(":authority");
  mode: WallarmMode = WallarmMode.Sync;
  fallbackAction: FallbackAction = FallbackAction.Pass;
  unjudgedAction: FallbackAction = FallbackAction.Block;
  parseResponses: bool = true;
  /** Bytes. */
  responseBodyLimit: u32 = 4096;
  verboseLogging: bool = false;
  /** Bytes. */
  requestBodyLimit: u32 = 1048576;
  requestBodyOverflow: BodyOverflow = BodyOverflow.Inspect;
  /** Bytes. */
  requestHoldLimit: u32 = 8388608;
  /** Bytes. */
  heldMemoryLimit: u32 = 67108864;
  /** Longer than the 1,000 ms that a node gives itself for a message: its answer that this was too little is to be heard. */
  nodeTimeoutMs: u32 = 2000;
  blockStatus: u32 = 403;
  /** Empty: the policy's own text. */
  blockBody: string = "";
  trustedHops: u32 = 0;
  nodeRetries: u32 = 1;
  /** 0: off. */
  breakerFailures: u32 = 5;
  headerHolding: HeaderHolding = HeaderHolding.Auto;
  /** Empty: by the rule for clusters of services. */
  cluster: string = "";
  /** Differs wherever any parameter does. */
  fingerprint: ArrayBuffer = new ArrayBuffer(0);

  get nodeCount(): i32 {
    return 1 + this.moreUrls.length;
  }

  /** Of the first node and the additional ones, from 0. */
  urlAt(i: i32): string {
    return i == 0 ? this.nodeUrl : unchecked(this.moreUrls[i - 1]);
  }

  nodeAt(i: i32): NodeUrl {
    return i == 0 ? this.node : parseNodeUrl(this.urlAt(i))!;
  }

  get speaksExtProc(): bool {
    if (this.nodeProtocol == NodeProtocol.Auto) return this.node.scheme == "h2";
    return this.nodeProtocol == NodeProtocol.ExtProc;
  }
}

export class ConfigResult {
  /** Null: refused. */
  config: Config | null = null;
  /** Names the key, the value and what is allowed. */
  error: string = "";
  warnings: string[] = [];
}

/** Reads the policy's configuration, a JSON object. */
export function readConfig(json: ArrayBuffer): ConfigResult {
  const reader = new ConfigReader(json);
  const config = new Config();
  readNode(reader, config);
  readMoreNodes(reader, config);
  config.realIpHeader = StaticName.of(reader.headerName("real_ip_header", "x-forwarded-for"));
  const realHost = reader.headerName("real_host_header", "host");
  // Envoy keeps the Host header as the pseudo header :authority.
  config.realHostHeader = StaticName.of(realHost == "host" ? ":authority" : realHost);
  config.mode = <WallarmMode>reader.choice("wallarm_mode", ["sync", "async"], config.mode);
  config.fallbackAction = <FallbackAction>(
    reader.choice("fallback_action", ["pass", "block"], config.fallbackAction)
  );
  config.unjudgedAction = <FallbackAction>(
    reader.choice("unjudged_action", ["pass", "block"], config.unjudgedAction)
  );
  config.parseResponses = reader.bool("parse_responses", config.parseResponses);
  config.verboseLogging = reader.bool("verbose_logging", config.verboseLogging);
  readLimits(reader, config);
  config.blockStatus = u32(
    reader.integer("block_status", config.blockStatus, 400, 599, "HTTP status"),
  );
  config.blockBody = reader.text("block_body", "");
  config.trustedHops = u32(reader.integer("trusted_hops", 0, 0, 100, "proxies"));
  config.headerHolding = <HeaderHolding>(
    reader.choice("header_holding", ["auto", "on", "off"], config.headerHolding)
  );
  config.cluster = reader.text("wallarm_cluster", "");
  return finish(reader, config);
}

function readNode(reader: ConfigReader, config: Config): void {
  config.nodeUrl = reader.required("wallarm_node", ALLOWED_NODE_URL);
  if (reader.hasError) return;
  const node = parseNodeUrl(config.nodeUrl);
  if (node === null) reader.refuse("wallarm_node", ALLOWED_NODE_URL);
  else config.node = node;
  config.nodeProtocol = <NodeProtocol>(
    reader.choice("node_protocol", ["connector", "ext_proc", "auto"], config.nodeProtocol)
  );
}

function readMoreNodes(reader: ConfigReader, config: Config): void {
  const key = "additional_nodes";
  const isAuto = config.nodeProtocol == NodeProtocol.Auto;
  const speaksH2 = config.speaksExtProc;
  config.moreUrls = reader.texts(key, ALLOWED_NODE_URL);
  for (let i = 0; i < config.moreUrls.length; i++) {
    const node = parseNodeUrl(unchecked(config.moreUrls[i]));
    if (node === null) reader.refuseItem(key, i, ALLOWED_NODE_URL);
    else if ((node.scheme == "h2") != speaksH2 && isAuto) {
      reader.refuseItem(key, i, "all h2, or none");
    }
  }
}

function readLimits(reader: ConfigReader, config: Config): void {
  config.responseBodyLimit = u32(
    reader.integer("response_body_limit", config.responseBodyLimit, 0, MAX_BYTES, "bytes"),
  );
  config.requestBodyLimit = u32(
    reader.integer("request_body_limit", config.requestBodyLimit, 0, MAX_BYTES, "bytes"),
  );
  config.requestBodyOverflow = <BodyOverflow>(
    reader.choice("request_body_overflow", ["inspect", "pass", "block"], config.requestBodyOverflow)
  );
  config.requestHoldLimit = u32(
    reader.integer("request_hold_limit", config.requestHoldLimit, 0, MAX_BYTES, "bytes"),
  );
  config.heldMemoryLimit = u32(
    reader.integer(
      "held_memory_limit",
      config.heldMemoryLimit,
      LEAST_HELD_MEMORY,
      MAX_BYTES,
      "bytes",
    ),
  );
  config.nodeTimeoutMs = u32(
    reader.integer("node_timeout_ms", config.nodeTimeoutMs, 1, 60000, "milliseconds"),
  );
  config.nodeRetries = u32(reader.integer("node_retries", config.nodeRetries, 0, 3, "times"));
  config.breakerFailures = u32(
    reader.integer("breaker_failures", config.breakerFailures, 0, MAX_BYTES, "0: off"),
  );
}

function finish(reader: ConfigReader, config: Config): ConfigResult {
  const result = new ConfigResult();
  result.error = reader.error;
  result.warnings = reader.warnings();
  const isInspected = config.requestBodyOverflow == BodyOverflow.Inspect;
  if (isInspected && config.requestBodyLimit < SMALL_PART) {
    result.warnings.push(
      "request_body_limit: " +
        (config.requestBodyLimit == 0
          ? "0: no body is judged"
          : decimalText(config.requestBodyLimit) +
            ": so few bytes cost a call to the node each time"),
    );
  }
  config.fingerprint = reader.fingerprint();
  result.config = reader.hasError ? null : config;
  return result;
}
