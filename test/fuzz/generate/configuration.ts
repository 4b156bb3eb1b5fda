/** Which configurations does the driver give? Right ones, whose limits are small enough to be met often. */
import type { Choices } from "../choices.ts";

export type Configuration = Record<string, unknown>;

export function rightConfiguration(choices: Choices): Configuration {
  const configuration: Configuration = {
    wallarm_node: choices.weighted([3, "http://node:5050"], [2, "h2://node:5080"]),
  };
  const maybe = (key: string, ...values: readonly unknown[]): void => {
    const at = choices.int(values.length + 1);
    if (at > 0) configuration[key] = values[at - 1];
  };
  configuration.wallarm_mode = choices.weighted([3, "sync"], [1, "async"]);
  configuration.fallback_action = choices.pick(["block", "pass"]);
  maybe("unjudged_action", "block", "pass");
  maybe("request_hold_limit", 0, 5, 100, 2000);
  maybe("request_body_overflow", "inspect", "pass", "block");
  maybe("request_body_limit", 0, 1, 2, 7, 64, 1000, 4096);
  maybe("response_body_limit", 0, 1, 5, 100);
  maybe("parse_responses", true, false);
  maybe("header_holding", "auto", "on", "off");
  configuration.node_timeout_ms = choices.weighted(
    [4, 100],
    [2, 250],
    [1, 1],
    [1, 1000],
    [1, 5000],
  );
  if (choices.oneIn(6)) configuration.verbose_logging = true;
  if (choices.oneIn(6)) configuration.real_ip_header = "X-Real";
  if (choices.oneIn(8)) configuration.real_host_header = "X-Host";
  maybe("trusted_hops", 0, 1, 2);
  maybe("node_retries", 0, 1, 3);
  maybe("breaker_failures", 0, 1, 2);
  if (choices.oneIn(6))
    configuration.additional_nodes = [String(configuration.wallarm_node).replace("node", "other")];
  if (choices.oneIn(8)) configuration.block_status = choices.pick([400, 451, 599]);
  if (choices.oneIn(8)) configuration.block_body = "no: ${request_id}";
  if (choices.oneIn(10)) configuration.node_protocol = "ext_proc";
  return configuration;
}
