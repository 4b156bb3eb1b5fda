/**
 * What does a VM give to each of its contexts alike? Logging, clocks, shared data, queues, metrics, foreign functions: nothing of it
 * is about a stream.
 */
import { Status } from "../wasm/abi.ts";
import { ok, type Result } from "../wasm/host-context.ts";
import type { ContextHost } from "./context-host.ts";
import type { ForeignResult } from "./foreign-functions.ts";
import type { Plugin } from "./plugin.ts";

export abstract class SharedHostcalls {
  abstract readonly id: number;
  abstract readonly root: SharedHostcalls;
  readonly vm: ContextHost;
  readonly plugin: Plugin;

  constructor(vm: ContextHost, plugin: Plugin) {
    this.vm = vm;
    this.plugin = plugin;
  }

  protected get services(): ContextHost["services"] {
    return this.vm.services;
  }

  /** Begins with a blank, or is empty. */
  protected abstract readonly logPrefix: string;

  // Logging, clocks, status

  log(level: number, message: string): Status {
    this.services.log.fromFilter(level, this.logPrefix, message);
    return Status.Ok;
  }

  logLevel(): number {
    return this.services.log.levelNumber;
  }

  currentTimeNanoseconds(): bigint {
    return this.services.clock.nowNs();
  }

  monotonicTimeNanoseconds(): bigint {
    return this.services.clock.monotonicNs();
  }

  // Shared data and queues

  getSharedData(key: string): Result<{ readonly data: Uint8Array; readonly cas: number }> {
    return this.services.sharedData.get(this.vm.vmId, key);
  }

  setSharedData(key: string, data: Uint8Array, cas: number): Status {
    return this.services.sharedData.set(this.vm.vmId, key, data, cas);
  }

  registerSharedQueue(name: string): Result<number> {
    const root = this.root;
    return ok(
      this.services.sharedQueues.register(this.vm.vmId, name, (token) => root.onQueueReady(token)),
    );
  }

  resolveSharedQueue(vmId: string, name: string): Result<number> {
    return this.services.sharedQueues.resolve(vmId === "" ? this.vm.vmId : vmId, name);
  }

  dequeueSharedQueue(token: number): Result<Uint8Array> {
    return this.services.sharedQueues.dequeue(token);
  }

  enqueueSharedQueue(token: number, data: Uint8Array): Status {
    return this.services.sharedQueues.enqueue(token, data);
  }

  onQueueReady(_token: number): void {}

  // Metrics and foreign functions

  defineMetric(type: number, name: string): Result<number> {
    return this.vm.metrics.define(type, name);
  }

  incrementMetric(id: number, offset: bigint): Status {
    return this.vm.metrics.increment(id, offset);
  }

  recordMetric(id: number, value: bigint): Status {
    return this.vm.metrics.record(id, value);
  }

  getMetric(id: number): Result<bigint> {
    return this.vm.metrics.get(id);
  }

  callForeignFunction(name: string, args: Uint8Array): ForeignResult | null {
    const call = this.services.foreignFunctions.get(name);
    return call === undefined ? null : call(args);
  }
}
