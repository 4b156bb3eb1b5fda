// What do all streams of one configured policy share? Everything hangs from here, and this hangs from the root context:
// two policies in one VM share nothing but the memory.
import { getCurrentTimeNanoseconds } from "as-proxy-wasm";
import { clusterName, serviceName } from "as-proxy-wasm/flex";
import { Admission } from "./admission";
import { AddressWarning } from "./client/address-warning";
import { Config } from "./config";
import { DecisionQueue } from "./decision-queue";
import { InspectionMark } from "./inspection-mark";
import { HoldingKnowledge } from "./header-holding";
import { ConnectorTransport } from "./node/connector/connector-transport";
import { ExtProcTransport } from "./node/ext-proc/ext-proc-transport";
import { Node } from "./node/node";
import { Desk } from "./node/desk";
import { NodePool } from "./node/node-pool";
import { NodeUrl } from "./node/node-url";
import { Ledger } from "./ledger";
import { NodeTransport } from "./node/transport";
import { Outbox } from "./outbox";
import { PolicyIdentity, readIdentityInStream } from "./policy-identity";
import { RequestIdSource } from "./request-id";
import { Telemetry } from "./telemetry";
import { Timers } from "./timers";
import { Wake } from "./wake";
import { VerboseLog } from "./verbose/verbose-log";

export class PolicyContext {
  readonly telemetry: Telemetry;
  readonly nodes: NodePool;
  readonly transport: NodeTransport;
  readonly outbox: Outbox;
  holding: HoldingKnowledge;
  private mayLearnIdentity: bool;
  readonly verbose: VerboseLog;
  readonly ids: RequestIdSource;
  readonly timers: Timers;
  readonly mark: InspectionMark;
  readonly ledger: Ledger;
  readonly admission: Admission;
  readonly wake: Wake;
  readonly decisions: DecisionQueue;
  readonly addressWarning: AddressWarning = new AddressWarning();

  constructor(
    readonly config: Config,
    public identity: PolicyIdentity,
  ) {
    const telemetry = new Telemetry(identity);
    const timers = new Timers();
    this.timers = timers;
    this.mark = new InspectionMark(config.fingerprint);
    this.telemetry = telemetry;
    const outbox = new Outbox(telemetry, timers);
    const api = identity.api;
    const ledger = new Ledger(config.heldMemoryLimit);
    this.ledger = ledger;
    this.admission = new Admission(ledger);
    const wake = new Wake();
    this.wake = wake;
    this.decisions = new DecisionQueue(wake, timers);
    const ids = new RequestIdSource();
    this.ids = ids;
    const first = nodesOf(config, identity, telemetry, ids);
    const nodes = new NodePool(first, timers, telemetry);
    const desk = new Desk(nodes, config, timers, telemetry);
    this.outbox = outbox;
    this.nodes = nodes;
    this.transport = config.speaksExtProc
      ? new ExtProcTransport(desk, config, timers, telemetry, outbox, api)
      : new ConnectorTransport(desk, config, timers, outbox, api);
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

/** The first of a chain. */
function nodesOf(
  config: Config,
  identity: PolicyIdentity,
  telemetry: Telemetry,
  ids: RequestIdSource,
): Node {
  let first: Node | null = null;
  for (let i = config.nodeCount - 1; i >= 0; i--) {
    const address = config.nodeAt(i);
    const cluster =
      i == 0 && config.cluster.length > 0 ? config.cluster : clusterOf(address, identity);
    first = new Node(cluster, config.urlAt(i), address, config, telemetry, ids, first);
  }
  return first!;
}

/**
 * The rule by which Flex names the cluster of a service. On a plain Envoy the operator names it so, that of the first node
 * perhaps otherwise by wallarm_cluster.
 */
function clusterOf(address: NodeUrl, identity: PolicyIdentity): string {
  return clusterName(serviceName(identity.name, address.authority), identity.namespace);
}
