/** What do all VMs of a gateway share? */
import type { SimulatorError } from "../wasm/errors.ts";
import type { CallJournal } from "./call-journal.ts";
import type { Clock } from "./clock.ts";
import type { Cluster } from "./http.ts";
import type { ForeignFunction } from "./foreign-functions.ts";
import type { Log } from "./log.ts";
import type { NativeStack } from "./native-stack.ts";
import type { NodeInfo } from "./node-info.ts";
import type { SharedData } from "./shared-data.ts";
import type { SharedQueues } from "./shared-queues.ts";
import type { Stats } from "./stats.ts";

export interface Services {
  readonly clock: Clock;
  readonly log: Log;
  readonly stats: Stats;
  readonly sharedData: SharedData;
  readonly sharedQueues: SharedQueues;
  readonly journal: CallJournal;
  /** Of the one thread that all VMs run on. */
  readonly stack: NativeStack;
  readonly node: NodeInfo;
  readonly foreignFunctions: ReadonlyMap<string, ForeignFunction>;
  /** A filter did what kills Envoy's process. */
  onCrash(error: SimulatorError): void;
  cluster(name: string): Cluster | undefined;
}
