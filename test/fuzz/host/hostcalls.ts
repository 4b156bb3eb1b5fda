/** What does the host answer to each hostcall? By the sections of the ABI; each as Envoy answers it, where it is known to. */
import { require } from "../find.ts";
import { callHostcalls } from "./hostcalls-calls.ts";
import { streamHostcalls } from "./hostcalls-streams.ts";
import { Status } from "./abi.ts";
import type { Hostcalls } from "./vm.ts";
import type { World } from "./world.ts";

export function hostcallsOf(world: World): Hostcalls {
  return {
    ...surroundings(world),
    ...metrics(world),
    ...sharedData(world),
    ...sharedQueues(world),
    ...streamHostcalls(world),
    ...callHostcalls(world),
  };
}

function surroundings(world: World): Hostcalls {
  const { vm } = world;
  return {
    proxy_log(level: number, at: number, size: number) {
      const text = vm.text(at, size);
      vm.trace?.(`    log ${level}: ${text.slice(0, 300)}`);
      world.witness.onLog(level, text);
      return Status.Ok;
    },
    proxy_get_log_level(result: number) {
      vm.setU32(result, world.options.logLevel);
      return world.fault("proxy_get_log_level");
    },
    proxy_get_current_time_nanoseconds(result: number) {
      vm.refresh();
      vm.view.setBigUint64(result, world.now, true);
      return Status.Ok;
    },
    proxy_set_tick_period_milliseconds(period: number) {
      const plugin =
        world.plugins.get(world.effective) ??
        world.plugins.get(world.exchanges.get(world.effective)?.rootId ?? 0);
      if (plugin !== undefined) plugin.tickPeriod = period;
      return Status.Ok;
    },
    random_get(at: number, size: number) {
      const status = world.fault("random_get");
      vm.refresh();
      if (status === Status.Ok) world.random(vm.bytes.subarray(at, at + size));
      return status;
    },
    proxy_done() {
      const plugin = world.plugins.get(world.effective);
      require(plugin?.isEnding === true, "done without being asked", () => String(world.effective));
      plugin.isEnding = false;
      plugin.isDone = true;
      return Status.Ok;
    },
    proxy_set_effective_context(id: number) {
      if (!world.exchanges.has(id) && !world.plugins.has(id)) return Status.BadArgument;
      const status = world.fault("proxy_set_effective_context");
      if (status === Status.Ok) world.effective = id;
      return status;
    },
    proxy_get_property(path: number, pathSize: number, data: number, size: number) {
      const value = world.property(vm.text(path, pathSize));
      if (value === undefined) return Status.NotFound;
      const status = world.fault("proxy_get_property");
      if (status === Status.Ok) vm.give(Buffer.from(value, "latin1"), data, size);
      return status;
    },
    proxy_set_property(path: number, pathSize: number, value: number, size: number) {
      const status = world.fault("proxy_set_property");
      const properties = world.exchanges.get(world.effective)?.properties;
      if (status === Status.Ok) properties?.set(vm.text(path, pathSize), vm.text(value, size));
      return status;
    },
    proxy_call_foreign_function: () => Status.NotFound,
  };
}

function metrics(world: World): Hostcalls {
  const { vm } = world;
  return {
    proxy_define_metric(_type: number, name: number, size: number, result: number) {
      const status = world.fault("proxy_define_metric");
      if (status !== Status.Ok) return status;
      const text = vm.text(name, size);
      let metric = world.metrics.get(text);
      if (metric === undefined) {
        metric = { id: world.metricsById.length, value: 0n, records: 0 };
        world.metrics.set(text, metric);
        world.metricsById.push(metric);
      }
      vm.setU32(result, metric.id);
      return Status.Ok;
    },
    proxy_increment_metric(id: number, delta: bigint) {
      const metric = world.metricsById[id];
      if (metric === undefined) return Status.NotFound;
      metric.value += delta;
      return Status.Ok;
    },
    proxy_record_metric(id: number, value: bigint) {
      const metric = world.metricsById[id];
      if (metric === undefined) return Status.NotFound;
      metric.value = value;
      metric.records++;
      return Status.Ok;
    },
    proxy_get_metric(id: number, result: number) {
      vm.refresh();
      vm.view.setBigUint64(result, world.metricsById[id]?.value ?? 0n, true);
      return id in world.metricsById ? Status.Ok : Status.NotFound;
    },
  };
}

function sharedData(world: World): Hostcalls {
  const { vm } = world;
  return {
    proxy_get_shared_data(key: number, keySize: number, data: number, size: number, cas: number) {
      const status = world.fault("proxy_get_shared_data");
      if (status !== Status.Ok) return status;
      const found = world.shared.get(vm.text(key, keySize));
      if (found === undefined) return Status.NotFound;
      vm.give(Buffer.from(found.value, "latin1"), data, size);
      vm.setU32(cas, found.cas);
      return Status.Ok;
    },
    proxy_set_shared_data(
      key: number,
      keySize: number,
      value: number,
      valueSize: number,
      cas: number,
    ) {
      const status = world.fault("proxy_set_shared_data");
      if (status !== Status.Ok) return status;
      const name = vm.text(key, keySize);
      const before = world.shared.get(name);
      if (before !== undefined && cas !== 0 && cas !== before.cas) return Status.CasMismatch;
      world.shared.set(name, { value: vm.text(value, valueSize), cas: (before?.cas ?? 0) + 1 });
      return Status.Ok;
    },
  };
}

function sharedQueues(world: World): Hostcalls {
  const { vm } = world;
  return {
    proxy_register_shared_queue(_name: number, _size: number, id: number) {
      const status = world.fault("proxy_register_shared_queue");
      if (status !== Status.Ok) return status;
      const rootId = world.exchanges.get(world.effective)?.rootId ?? world.effective;
      vm.setU32(id, world.queues.push({ rootId, items: 0 }) - 1);
      return Status.Ok;
    },
    proxy_enqueue_shared_queue(queue: number) {
      const status = world.fault("proxy_enqueue_shared_queue");
      const found = world.queues[queue];
      if (status !== Status.Ok || found === undefined) return status || Status.NotFound;
      found.items++;
      return Status.Ok;
    },
    proxy_dequeue_shared_queue(queue: number, data: number, size: number) {
      const found = world.queues[queue];
      if (found === undefined) return Status.NotFound;
      if (found.items === 0) return Status.Empty;
      found.items--;
      vm.give(new Uint8Array(1), data, size);
      return Status.Ok;
    },
  };
}
