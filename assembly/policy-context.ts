// What do all streams of one configured policy share? Everything hangs from here, and this hangs from the root context:
// two policies in one VM share nothing but the memory.
import { getCurrentTimeNanoseconds } from "as-proxy-wasm";
import { BodyMemory } from "./body-memory";
import { Config } from "./config";
import { InspectionMark } from "./inspection-mark";
import { HoldingKnowledge } from "./header-holding";
import { ConnectorTransport } from "./node/connector/connector-transport";
import { ExtProcTransport } from "./node/ext-proc/ext-proc-transport";
import { NodeTransport } from "./node/transport";
import { Outbox } from "./outbox";
import { PolicyIdentity, readIdentityInStream } from "./policy-identity";
import { RequestIdSource } from "./request-id";
import { Telemetry } from "./telemetry";
import { Timers } from "./timers";
import { VerboseLog } from "./verbose-log";

export class PolicyContext {
  readonly telemetry: Telemetry;
  readonly transport: NodeTransport;
  readonly outbox: Outbox;
  holding: HoldingKnowledge;
  private mayLearnIdentity: bool;
  readonly verbose: VerboseLog;
  readonly ids: RequestIdSource = new RequestIdSource();
  readonly timers: Timers;
  readonly mark: InspectionMark;
  readonly bodies: BodyMemory = new BodyMemory();

  constructor(
    readonly config: Config,
    public identity: PolicyIdentity,
    cluster: string,
  ) {
    const telemetry = new Telemetry(identity);
    const timers = new Timers();
    this.timers = timers;
    this.mark = new InspectionMark(config);
    this.telemetry = telemetry;
    const outbox = new Outbox(telemetry, timers);
    const api = identity.api;
    this.outbox = outbox;
    this.transport = config.speaksExtProc
      ? new ExtProcTransport(cluster, config, timers, telemetry, outbox, api)
      : new ConnectorTransport(cluster, config.node, config.nodeTimeoutMs, timers, outbox, api);
    this.holding = new HoldingKnowledge(config.headerHolding, identity.flexVersion);
    this.mayLearnIdentity = identity.api.isKnown && identity.flexVersion.length == 0;
    this.verbose = new VerboseLog(config.verboseLogging, identity.logPrefix);
  }

  /** To be called at the begin of a stream: some of what Flex tells can be read only there. */
  learnIdentity(): void {
    if (!this.mayLearnIdentity) return;
    this.mayLearnIdentity = false;
    const identity = readIdentityInStream(this.identity);
    if (identity === null) return;
    this.identity = identity;
    this.transport.api = identity.api;
    this.holding = new HoldingKnowledge(this.config.headerHolding, identity.flexVersion);
  }

  /** Nanoseconds since the epoch. */
  now(): u64 {
    return getCurrentTimeNanoseconds();
  }
}
