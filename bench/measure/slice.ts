/** What did one short piece of load cost one gateway? */
import type { Gateway } from "../gateway/gateway.ts";
import type { Wrk } from "../load/find-wrk.ts";
import { load } from "../load/wrk.ts";
import type { Load } from "../load/wrk.ts";
import type { Variant } from "../variants.ts";
import type { Workload } from "../workloads.ts";
import { cpuNanoseconds } from "./cpu.ts";
import { lookAt, settled } from "./settle.ts";
import type { Peers, Told } from "./settle.ts";

export interface Cell {
  readonly workload: Workload;
  readonly connections: number;
}

export interface Slice {
  /** Processor time of the gateway, microseconds a request. */
  readonly cpu: number;
  readonly p50: number;
  readonly p99: number;
  /** Requests a second. */
  readonly rate: number;
  /** Told to the node, each request. */
  readonly calls: number;
  readonly bytes: number;
  /** Messages dropped a request: the node could not keep up. */
  readonly dropped: number;
}

export interface Bench extends Peers {
  readonly wrk: Wrk;
  readonly scripts: ReadonlyMap<Workload, string>;
}

/**
 * When wrk ends, each connection has a request under way, answers that came a moment ago are not counted, and the last batch of the
 * slice before may only come now.
 */
const slack = ({ connections }: Cell): number => connections * 6;

/** Throws where clients saw an error, or the node was told less than `variant` promises. */
export async function measureSlice(
  bench: Bench,
  gateway: Gateway,
  variant: Variant,
  cell: Cell,
  seconds: number,
): Promise<Slice> {
  try {
    const began = cpuNanoseconds(gateway.pid);
    const before = await lookAt(bench, gateway);
    const url = `http://127.0.0.1:${gateway.port}${cell.workload.path}`;
    const script = bench.scripts.get(cell.workload)!;
    const seen = await load(bench.wrk, script, url, cell.connections, seconds);
    const told = await settled(bench, gateway, variant, before, slack(cell));
    return sliceOf(seen, told, cell, cpuNanoseconds(gateway.pid) - began);
  } catch (error) {
    const where = `${variant.name}, ${cell.workload.name}, ${cell.connections} connections`;
    throw new Error(`${where}: ${(error as Error).message}`, { cause: error });
  }
}

function sliceOf(seen: Load, told: Told, cell: Cell, nanoseconds: number): Slice {
  if (seen.errors > 0) throw new Error(`${seen.errors} errors seen by clients`);
  const served = told.upstream.requests;
  if (Math.abs(served - seen.requests) > slack(cell)) {
    throw new Error(`clients got ${seen.requests} answers, the API gave ${served}`);
  }
  return {
    cpu: nanoseconds / 1000 / served,
    p50: seen.p50,
    p99: seen.p99,
    rate: seen.requests / (seen.microseconds / 1e6),
    calls: told.node.calls / served,
    bytes: told.node.bytes / served,
    dropped: told.dropped / served,
  };
}
