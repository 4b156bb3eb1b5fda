/** What do the blocks `mock` (our own), `log` and `metrics` say? */
import {
  logLevels,
  type ListenAddress,
  type LogConfig,
  type MockConfig,
  type NodeConfig,
} from "./node-config.ts";
import type { Section } from "./section.ts";
import { boolean, duration, integer, listenAddress, network, oneOf, text } from "./values.ts";

const MiB = 1024 * 1024;

export function readMock(section: Section, address: ListenAddress, faults: unknown): MockConfig {
  const journal = section.section("journal");
  const limits = section.section("limits");
  section.has("faults"); // known; read as a whole by the faults' own reader
  const config: MockConfig = {
    address: section.value("address", listenAddress, address),
    graylist: section.list("graylist", network) ?? [],
    base64Points: section.list("base64_points", text) ?? [],
    allowRequestFaults: section.value("allow_request_faults", boolean, false),
    timeLimit: section.value("time_limit_ms", integer(1, 600_000), 1000),
    faults,
    journal: {
      messages: journal.value("messages", integer(1, 1_000_000), 2000),
      attacks: journal.value("attacks", integer(1, 1_000_000), 2000),
      bytes: journal.value("bytes", integer(1), 64 * MiB),
      bodyBytes: journal.value("body_bytes", integer(0), 256 * 1024),
    },
    limits: {
      callBytes: limits.value("call_bytes", integer(1, 512 * MiB), 64 * MiB),
      openRequests: limits.value("open_requests", integer(1, 1_000_000), 10_000),
      joinedBytes: limits.value("joined_bytes", integer(1, 512 * MiB), 64 * MiB),
      heldBytes: limits.value("held_bytes", integer(1), 256 * MiB),
      partAge: limits.value("part_age", duration, 60_000),
      partWait: limits.value("part_wait", duration, 5_000),
      callsAtOnce: limits.value("calls_at_once", integer(1, 1_000_000), 4096),
      waitingMessages: limits.value("waiting_messages", integer(1, 1_000_000), 1024),
    },
  };
  for (const read of [journal, limits, section]) read.warnUnknown();
  return config;
}

export function readLog(section: Section): LogConfig {
  const access = section.section("access_log");
  const file = section.value("log_file", text, "stderr");
  const config: LogConfig = {
    pretty: section.value("pretty", boolean, true),
    level: section.value("level", oneOf(logLevels), "info"),
    file,
    accessLog: {
      enabled: access.value("enabled", boolean, true),
      verbose: access.value("verbose", boolean, true),
      file: access.value("log_file", text, file),
    },
  };
  section.withoutEffect("proton_log_mask");
  for (const read of [access, section]) read.warnUnknown();
  return config;
}

export function readMetrics(section: Section, address: ListenAddress): NodeConfig["metrics"] {
  const config = {
    enabled: section.value("enabled", boolean, true),
    address: section.value("listen_address", listenAddress, address),
    namespace: section.value("namespace", text, "wallarm_gonode"),
  };
  section.withoutEffect("legacy_status");
  section.warnUnknown();
  return config;
}
