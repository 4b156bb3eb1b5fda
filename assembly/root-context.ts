// What does the policy do as a whole? It takes its configuration, makes a filter for each stream, and hands on answers of
// nodes and ticks.
import {
  BufferType,
  done,
  getBuffer,
  HttpContext,
  LogLevel,
  RootContext,
  setEffectiveContext,
  Status,
} from "as-proxy-wasm";
import { readConfig } from "./config";
import { HttpFilter } from "./http-filter";
import { Node } from "./node/node";
import { PolicyContext } from "./policy-context";
import { readPolicyIdentity } from "./policy-identity";
import { logLine } from "./telemetry";
import { UnconfiguredFilter } from "./unconfigured-filter";
import { VERSION } from "./version";

export class WallarmRootContext extends RootContext {
  private policy: PolicyContext | null = null;
  private isEnding: bool = false;

  onConfigure(pluginConfigurationSize: u32): bool {
    const identity = readPolicyIdentity();
    const json = getBuffer(BufferType.PluginConfiguration, 0, pluginConfigurationSize);
    const result = readConfig(json === null ? new ArrayBuffer(0) : json);
    for (let i = 0; i < result.warnings.length; i++) {
      logLine(LogLevel.Warn, identity, unchecked(result.warnings[i]));
    }
    const config = result.config;
    if (config === null) {
      logLine(LogLevel.Error, identity, "configuration refused: " + result.error);
      return false;
    }
    const policy = new PolicyContext(config, identity);
    this.policy = policy;
    for (let node: Node | null = policy.nodes.first; node !== null; node = node.next) {
      const summary = "version " + VERSION + " asks " + node.url + " through cluster ";
      logLine(LogLevel.Info, identity, summary + node.cluster);
    }
    return true;
  }

  createHttpContext(contextId: u32): HttpContext | null {
    const policy = this.policy;
    if (policy === null) return new UnconfiguredFilter(contextId);
    return new HttpFilter(contextId, policy);
  }

  onHttpCallResponse(token: u32, headerCount: u32, bodySize: u32, trailerCount: u32): void {
    const policy = this.policy;
    if (policy === null) return;
    policy.decisions.begin();
    if (policy.transport.desk.onHttpCallResponse(token, headerCount, bodySize)) return;
    policy.transport.onHttpCallResponse(token, headerCount, bodySize);
    this.endIfIdle(policy);
  }

  onGrpcReceive(token: u32, messageSize: u32): void {
    const policy = this.policy;
    if (policy === null) return;
    policy.decisions.begin();
    policy.transport.onGrpcReceive(token, messageSize);
  }

  onQueueReady(queueId: u32): void {
    const policy = this.policy;
    if (policy !== null && policy.wake.takeRing(queueId)) policy.decisions.begin();
  }

  onGrpcClose(token: u32, grpcStatus: u32): void {
    const policy = this.policy;
    if (policy === null) return;
    policy.decisions.begin();
    policy.transport.onGrpcClose(token, grpcStatus);
    this.endIfIdle(policy);
  }

  onTick(): void {
    const policy = this.policy;
    if (policy === null) return;
    policy.decisions.begin();
    const isWaitedFor = policy.transport.isBusy || !policy.decisions.isEmpty;
    // What is held is shown, and the age of its requests counted.
    policy.timers.onTick(isWaitedFor || policy.nodes.needTicks || policy.ledger.held > 0);
    policy.admission.onTick(policy.timers.tick);
    policy.transport.onTick();
    if (!this.isEnding) policy.nodes.onTick();
    policy.telemetry.recordHeldBytes(policy.ledger.held);
    this.endIfIdle(policy);
  }

  /** A policy that is replaced sends what it has gathered and waits for what is under way, so that no message is lost. */
  onDone(): bool {
    const policy = this.policy;
    if (policy === null) return true;
    policy.transport.flush();
    this.isEnding = policy.transport.isBusy;
    if (!this.isEnding) policy.outbox.report();
    return !this.isEnding;
  }

  private endIfIdle(policy: PolicyContext): void {
    if (!this.isEnding || policy.transport.isBusy) return;
    // A host that has not gone back from a stream to us would take it for that stream's end. The next tick sees to it.
    if (setEffectiveContext(this.contextId) != Status.Ok) return;
    this.isEnding = false;
    policy.outbox.report();
    done();
  }
}
