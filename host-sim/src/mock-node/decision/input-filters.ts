/** Is a request inspected at all? (`input_filters`) */
import type { InputFilter, NodeConfig } from "../config/node-config.ts";
import type { RequestMessage } from "../contract/messages.ts";
import { Networks } from "./networks.ts";
import type { RequestOrigin } from "./request-origin.ts";

type FilteredRequest = Pick<RequestMessage, "headers" | "host">;

interface Filter extends InputFilter {
  /** Undefined: every client. */
  readonly clients: Networks | undefined;
}

export class InputFilters {
  readonly #inspect: readonly Filter[];
  readonly #bypass: readonly Filter[];

  constructor({ inspect, bypass }: NodeConfig["inputFilters"]) {
    this.#inspect = inspect.map(withClients);
    this.#bypass = bypass.map(withClients);
  }

  bypass(request: FilteredRequest, { clientIp }: RequestOrigin, path: string): boolean {
    const matching = (filter: Filter): boolean => matches(filter, request, clientIp, path);
    if (this.#bypass.some(matching)) return true;
    return this.#inspect.length > 0 && !this.#inspect.some(matching);
  }
}

function withClients(filter: InputFilter): Filter {
  const { ipAddresses } = filter;
  return { ...filter, clients: ipAddresses && new Networks(ipAddresses) };
}

/** All that a filter names must match. */
function matches(
  { path: pattern, clients, headers }: Filter,
  request: FilteredRequest,
  clientIp: string,
  path: string,
): boolean {
  if (pattern && !pattern.test(path)) return false;
  if (clients && !clients.include(clientIp)) return false;
  return headers.every(([name, value]) =>
    headerValues(request, name).some((text) => value.test(text.slice(0, 8192))),
  );
}

function headerValues(request: FilteredRequest, name: string): string[] {
  const values = request.headers.filter(([key]) => key.toLowerCase() === name).map(([, v]) => v);
  return name === "host" ? [...values, request.host] : values;
}
