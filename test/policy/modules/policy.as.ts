// Which functions of the policy can tests call as they are? Those without a stream, given numbers, texts and bytes.
import { HeaderPairs, StaticName } from "as-proxy-wasm";
import { acceptOf, prefersHtml } from "../../../assembly/accepted-form";
import { decide } from "../../../assembly/failure-mode";
import { HoldingKnowledge } from "../../../assembly/header-holding";
import { looksAway } from "../../../assembly/node/outcome";
import { Reply } from "../../../assembly/node/reply";
import { identify } from "../../../assembly/policy-identity";
import { RequestHead } from "../../../assembly/request-head";
import { RequestId, RequestIdSource } from "../../../assembly/request-id";
import { announcesTrailers, contentLength, requestKind } from "../../../assembly/request-kind";
import { Telemetry } from "../../../assembly/telemetry";
import { VERSION } from "../../../assembly/version";

export { decimal, isDigit, isLetter, lowerCase } from "../../../assembly/ascii";
export { addressOf, connectionAddress, isTakenFromHeader } from "../../../assembly/client/client-address";
export { isAtLeast } from "../../../assembly/header-holding";
export { isIpv4, isIpv6 } from "../../../assembly/client/ip-address";
export { isPlainWord } from "../../../assembly/verbose/plain-word";
export { shownHeader, shownHost } from "../../../assembly/verbose/shown-header";
export { shownPath } from "../../../assembly/verbose/shown-path";
export { printable } from "../../../assembly/telemetry";
export * from "as-proxy-wasm/exports";
export * from "./config.as";
export * from "./ext-proc.as";
export * from "./hold-table.as";
export * from "./node.as";

export function version(): string {
  return VERSION;
}

/** What is done about a reply with `outcome`; `isAway`: no node can be reached. */
export function decision(outcome: i32, isAway: bool, fallback: i32, unjudged: i32): i32 {
  const reply = new Reply(outcome);
  return decide(isAway ? reply.away() : reply, fallback, unjudged);
}

/** It looks as if no node were there. */
export function isDoubtful(outcome: i32): bool {
  return looksAway(outcome);
}

/**
 * What is known of a host after each of `events`: `h` a body callback while the headers were held, `r` one only after their
 * release. Each as `waits:patience` or `asks:patience`, first what is known before any event.
 */
export function holding(setting: i32, flexVersion: string, events: string): string {
  const knowledge = new HoldingKnowledge(setting, flexVersion);
  const states: string[] = [describe(knowledge)];
  for (let i = 0; i < events.length; i++) {
    if (events.charAt(i) == "h") knowledge.sawBodyWhileHeld();
    else knowledge.sawBodyOnlyAfterRelease();
    states.push(describe(knowledge));
  }
  return states.join(" ");
}

function describe(knowledge: HoldingKnowledge): string {
  return (knowledge.mayWaitForBody ? "waits:" : "asks:") + knowledge.patience.toString();
}

/** Name, namespace, API, metric name and log prefix, with `|` between them. */
export function identity(pluginName: string): string {
  const who = identify(pluginName, "", "", "");
  return [who.name, who.namespace, who.api.id, who.metricName, who.logPrefix].join("|");
}

export function kindOf(headers: ArrayBuffer): i32 {
  const name = StaticName.of("x-real");
  return requestKind(new RequestHead(HeaderPairs.of(headers)!, 0, name, name));
}

/** The client's address with `trustedHops` proxies, as `x-real` of these headers has it. */
export function clientIpOf(headers: ArrayBuffer, trustedHops: u32): string {
  const name = StaticName.of("x-real");
  return new RequestHead(HeaderPairs.of(headers)!, 0, name, name, trustedHops).clientIp;
}

/** The host that `x-real` of these headers names. */
export function hostOf(headers: ArrayBuffer): string {
  const name = StaticName.of("x-real");
  return new RequestHead(HeaderPairs.of(headers)!, 0, name, name).host.toString();
}

export function wantsHtml(headers: ArrayBuffer): bool {
  return prefersHtml(acceptOf(HeaderPairs.of(headers)!));
}

export function lengthOf(headers: ArrayBuffer): i64 {
  return contentLength(HeaderPairs.of(headers)!);
}

export function hasTrailers(headers: ArrayBuffer): bool {
  return announcesTrailers(HeaderPairs.of(headers)!);
}

/** `count` new ids, with `,` between them. */
export function newIds(count: i32): string {
  const source = new RequestIdSource();
  const ids: string[] = [];
  for (let i = 0; i < count; i++) ids.push(source.next().toString());
  return ids.join(",");
}

let telemetry: Telemetry | null = null;

export function startTelemetry(pluginName: string): void {
  telemetry = new Telemetry(identify(pluginName, "", "", ""));
}

export function requestLine(now: u64, text: string): void {
  telemetry!.requestLine(2, new RequestId(1, 2), now, text);
}

export function warnNoVerdict(outcome: i32, detail: string, now: u64): void {
  telemetry!.warnNoVerdict(outcome, new RequestId(1, 2), detail, now);
}

export function countOutcome(outcome: i32): void {
  telemetry!.countOutcome(outcome);
}
