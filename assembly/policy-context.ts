// What do all streams of one configured policy share? Everything hangs from here, and this hangs from the root context:
// two policies in one VM share nothing but the memory.
import { getCurrentTimeNanoseconds } from "as-proxy-wasm";
import { Config } from "./config";
import { HoldingKnowledge } from "./header-holding";
import { NodeClient } from "./node/node-client";
import { Outbox } from "./outbox";
import { PolicyIdentity, readIdentityInStream } from "./policy-identity";
import { RequestIdSource } from "./request-id";
import { Telemetry } from "./telemetry";
import { Timers } from "./timers";
import { VerboseLog } from "./verbose-log";

export class PolicyContext {
  readonly telemetry: Telemetry;
  readonly client: NodeClient;
  readonly outbox: Outbox;
  holding: HoldingKnowledge;
  private mayLearnIdentity: bool;
  readonly verbose: VerboseLog;
  readonly ids: RequestIdSource = new RequestIdSource();
  readonly timers: Timers;

  constructor(
    readonly config: Config,
    public identity: PolicyIdentity,
    cluster: string,
  ) {
    const telemetry = new Telemetry(identity);
    const timers = new Timers();
    this.timers = timers;
    const client = new NodeClient(cluster, config.node, config.nodeTimeoutMs, timers);
    this.telemetry = telemetry;
    this.client = client;
    this.outbox = new Outbox(client, telemetry);
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
    this.holding = new HoldingKnowledge(this.config.headerHolding, identity.flexVersion);
  }

  /** Nanoseconds since the epoch. */
  now(): u64 {
    return getCurrentTimeNanoseconds();
  }
}
