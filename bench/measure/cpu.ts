/** How much processor time has a process used so far? By the kernel's own accounts, of all its threads. */
import { readFileSync, readdirSync } from "node:fs";

/** Ticks of utime and stime a second: 100 on every Linux that Envoy is built for. */
const TICK_NS = 10_000_000;

/** Nanoseconds. Threads that have ended in between are missed: gateways keep theirs. */
export function cpuNanoseconds(pid: number): number {
  try {
    const tasks = readdirSync(`/proc/${pid}/task`);
    const times = tasks.map((task) =>
      Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, "utf8").split(" ")[0]),
    );
    return times.reduce((sum, time) => sum + time, 0);
  } catch {
    // A kernel without CONFIG_SCHED_INFO: coarser, but the same clock.
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) * TICK_NS;
  }
}
