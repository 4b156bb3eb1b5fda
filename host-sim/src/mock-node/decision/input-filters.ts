/** Is a request inspected at all? (`input_filters`) */
import type { InputFilter, NodeConfig } from "../config/node-config.ts";
import type { RequestMessage } from "../contract/messages.ts";

type FilteredRequest = Pick<RequestMessage, "headers" | "host">;

export function isBypassed(
  filters: NodeConfig["inputFilters"],
  request: FilteredRequest,
  path: string,
): boolean {
  const { inspect, bypass } = filters;
  if (bypass.some((filter) => matches(filter, request, path))) return true;
  return inspect.length > 0 && !inspect.some((filter) => matches(filter, request, path));
}

function matches(filter: InputFilter, request: FilteredRequest, path: string): boolean {
  if (filter.path && !filter.path.test(path)) return false;
  return filter.headers.every(([name, value]) =>
    headerValues(request, name).some((text) => value.test(text.slice(0, 8192))),
  );
}

function headerValues(request: FilteredRequest, name: string): string[] {
  const values = request.headers.filter(([key]) => key.toLowerCase() === name).map(([, v]) => v);
  return name === "host" ? [...values, request.host] : values;
}
