/**
 * Is this a set of route policies? A value from outside becomes RoutePolicies, or an error that names the field: what Envoy knows
 * and the simulator does not is refused, never ignored.
 */
import { errorCodes, SimulatorError } from "../../wasm/errors.ts";
import type { RoutePolicies } from "./route-policies.ts";

type Check = (value: unknown, at: string) => unknown;

/** As protobuf's JSON: snake_case does as well. */
export function readRoutePolicies(value: unknown, at = "route"): RoutePolicies {
  return policies(value, at) as RoutePolicies;
}

const wrong = (at: string, expected: string): never => {
  throw new SimulatorError(errorCodes.badOption, `${at}: expected ${expected}`);
};

const text: Check = (value, at) => (typeof value === "string" ? value : wrong(at, "a text"));

const flag: Check = (value, at) =>
  typeof value === "boolean" ? value : wrong(at, "true or false");

const count: Check = (value, at) =>
  Number.isInteger(value) && Number(value) >= 0 ? value : wrong(at, "a whole number from 0");

const statusCode: Check = (value, at) =>
  Number.isInteger(value) && Number(value) >= 100 && Number(value) <= 599
    ? value
    : wrong(at, "a status from 100 to 599");

const redirectCode: Check = (value, at) =>
  [301, 302, 303, 307, 308].includes(Number(value)) ? value : wrong(at, "301, 302, 303, 307, 308");

const duration: Check = (value, at) =>
  typeof value === "string" && /^\d+(\.\d{1,9})?s$/.test(value)
    ? value
    : wrong(at, 'a duration such as "0.25s"');

const list =
  (item: Check): Check =>
  (value, at) =>
    Array.isArray(value)
      ? value.map((each: unknown, i) => item(each, `${at}[${i}]`))
      : wrong(at, "a list");

const camelCase = (name: string): string =>
  name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

function record(fields: Readonly<Record<string, Check>>, required: readonly string[] = []): Check {
  return (value, at) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      return wrong(at, "an object");
    }
    const read = Object.entries(value).map(([given, each]) => {
      const name = camelCase(given);
      const check = Object.hasOwn(fields, name) ? fields[name] : undefined;
      if (check === undefined) return wrong(`${at}.${given}`, Object.keys(fields).join(", "));
      return [name, check(each, `${at}.${given}`)] as const;
    });
    const names = new Set(read.map(([name]) => name));
    for (const name of required) if (!names.has(name)) wrong(at, `a field ${name}`);
    return Object.fromEntries(read);
  };
}

const policies = record({
  retryPolicy: record({
    retryOn: text,
    numRetries: count,
    perTryTimeout: duration,
    retriableStatusCodes: list(statusCode),
    retryBackOff: record({ baseInterval: duration, maxInterval: duration }, ["baseInterval"]),
  }),
  internalRedirectPolicy: record({
    maxInternalRedirects: count,
    redirectResponseCodes: list(redirectCode),
    allowCrossSchemeRedirect: flag,
  }),
  requestMirrorPolicies: list(record({ cluster: text }, ["cluster"])),
  hedgePolicy: record({ hedgeOnPerTryTimeout: flag }),
});
