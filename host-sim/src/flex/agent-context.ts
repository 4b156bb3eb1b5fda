/**
 * What can a policy do while the agent runs it? Log, look at the clock, and call the agent's foreign functions. There is no
 * traffic and no cluster yet: whatever else it calls is refused, by name, with Unimplemented.
 */
import { Status } from "../wasm/abi.ts";
import { bytesToLatin1 } from "../wasm/byte-string.ts";
import type { HostContext, Result } from "../wasm/host-context.ts";
import type { AgentRequest } from "./agent-request.ts";
import { callFlexFunction, type Answer, type Learned } from "./foreign-functions.ts";

const LEVELS = ["trace", "debug", "info", "warn", "error", "critical"] as const;
const NANOSECONDS_PER_MS = 1_000_000n;

export class AgentContext implements HostContext {
  readonly id = 0;
  readonly #request: AgentRequest;
  readonly #learned: Learned;

  constructor(request: AgentRequest, learned: Learned) {
    this.#request = request;
    this.#learned = learned;
  }

  get root(): HostContext {
    return this;
  }

  log(level: number, message: string): Status {
    this.#learned.logs.push({ level: LEVELS[level] ?? "critical", message });
    return Status.Ok;
  }

  logLevel(): number {
    return LEVELS.indexOf("info");
  }

  currentTimeNanoseconds(): bigint {
    return BigInt(Date.now()) * NANOSECONDS_PER_MS;
  }

  monotonicTimeNanoseconds(): bigint {
    return process.hrtime.bigint();
  }

  configuration(): Uint8Array {
    return this.#request.configuration;
  }

  status(): { readonly code: number; readonly message: string } {
    return { code: 0, message: "" };
  }

  callForeignFunction(name: string, args: Uint8Array): Answer | null {
    const answer = callFlexFunction(name, args, this.#request, this.#learned);
    if (answer === null) this.#refuse(`foreign function ${name}`);
    else if (answer.status === Status.BadArgument) {
      this.#refuse(`${name} with the arguments ${bytesToLatin1(args)}`);
    }
    return answer;
  }

  getBuffer(): null {
    return null;
  }

  getHeaderMapPairs(): [] {
    return [];
  }

  setTickPeriod = (): Status => this.#refuse("proxy_set_tick_period_milliseconds");
  done = (): Status => this.#refuse("proxy_done");
  getProperty = (): Result<Uint8Array> => ({ status: Status.NotFound });
  setProperty = (): Status => this.#refuse("proxy_set_property");
  getHeaderMapValue = (): Result<string> => this.#refused("proxy_get_header_map_value");
  getHeaderMapSize = (): Result<number> => this.#refused("proxy_get_header_map_size");
  setHeaderMapPairs = (): Status => this.#refuse("proxy_set_header_map_pairs");
  addHeaderMapValue = (): Status => this.#refuse("proxy_add_header_map_value");
  replaceHeaderMapValue = (): Status => this.#refuse("proxy_replace_header_map_value");
  removeHeaderMapValue = (): Status => this.#refuse("proxy_remove_header_map_value");
  continueStream = (): Status => this.#refuse("proxy_continue_stream");
  closeStream = (): Status => this.#refuse("proxy_close_stream");
  sendLocalResponse = (): Status => this.#refuse("proxy_send_local_response");
  clearRouteCache = (): Status => this.#refuse("proxy_clear_route_cache");
  httpCall = (): Result<number> => this.#refused("proxy_http_call");
  grpcCall = (): Result<number> => this.#refused("proxy_grpc_call");
  grpcStream = (): Result<number> => this.#refused("proxy_grpc_stream");
  grpcSend = (): Status => this.#refuse("proxy_grpc_send");
  grpcCancel = (): Status => this.#refuse("proxy_grpc_cancel");
  grpcClose = (): Status => this.#refuse("proxy_grpc_close");
  getSharedData = (): Result<never> => this.#refused("proxy_get_shared_data");
  setSharedData = (): Status => this.#refuse("proxy_set_shared_data");
  registerSharedQueue = (): Result<number> => this.#refused("proxy_register_shared_queue");
  resolveSharedQueue = (): Result<number> => this.#refused("proxy_resolve_shared_queue");
  dequeueSharedQueue = (): Result<Uint8Array> => this.#refused("proxy_dequeue_shared_queue");
  enqueueSharedQueue = (): Status => this.#refuse("proxy_enqueue_shared_queue");
  defineMetric = (): Result<number> => this.#refused("proxy_define_metric");
  incrementMetric = (): Status => this.#refuse("proxy_increment_metric");
  recordMetric = (): Status => this.#refuse("proxy_record_metric");
  getMetric = (): Result<bigint> => this.#refused("proxy_get_metric");

  #refuse(what: string): Status {
    const message = `${what} is not available in the agent's phase`;
    this.#learned.logs.push({ level: "warn", message });
    return Status.Unimplemented;
  }

  #refused(what: string): { readonly status: Status } {
    return { status: this.#refuse(what) };
  }
}
