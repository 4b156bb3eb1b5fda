/** What did a filter, a client and an upstream see? In words that are the same each time: no ids, ports, dates, times. */
import type { Response } from "../../support/client.ts";
import type { LogLine } from "../../support/gateway-options.ts";
import type { SeenRequest } from "../../support/upstream.ts";

export interface Observation {
  readonly filter: readonly string[];
  readonly client: string;
  readonly upstream: readonly string[];
}

export function observed(
  lines: readonly LogLine[],
  answer: Response | string,
  seen: readonly SeenRequest[],
): Observation {
  return {
    filter: lines.map(({ text }) => steady(text.replace(/^wasm log[^:]*: /, ""))),
    client: typeof answer === "string" ? failure(answer) : steady(client(answer)),
    // In which order two requests of one stream come is the sockets' affair.
    upstream: seen.map((each) => steady(upstream(each))).sort(),
  };
}

function client({ status, headers, text, trailers }: Response): string {
  return [
    status,
    ...headers.map(([name, value]) => `${name}: ${value}`),
    "",
    text,
    ...trailers.map((each) => each.join(": ")),
  ].join("\n");
}

function upstream({ method, path, headers, start, complete }: SeenRequest): string {
  // Node.js's client joins cookies and orders repeats; the simulator's listener is not what is compared here.
  const lines = headers.map(([name, value]) => `${name}: ${value}`).sort();
  return [
    `${method} ${path}`,
    ...lines,
    "",
    start.toString("latin1").slice(0, 200),
    complete ? "complete" : "cut off",
  ].join("\n");
}

const failure = (message: string): string =>
  /not in time|deadline/i.test(message) ? "no answer" : "cut off";

function steady(text: string): string {
  return (
    text
      .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "UUID")
      .replaceAll(/127\.0\.0\.1:\d+/g, "HOST")
      .replaceAll(/[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} [\d:]{8} GMT/g, "DATE")
      .replaceAll(/_body \d{4,}$/g, "_body MANY")
      .replaceAll(/([kqcgh])-\d+/g, "$1-N")
      .replaceAll(/(x-envoy-upstream-service-time[=:] ?)\d+/g, "$1N")
      // The route's 30 s, less what has gone by.
      .replaceAll(/(x-envoy-expected-rq-timeout-ms: )(29\d{3}|30000)$/gm, "$130 s")
  );
}
