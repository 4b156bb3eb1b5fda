/** How are faults told: as JSON (`PUT /api/faults`, `mock.faults`), and as a header of one request? */
import type { ServerMode } from "../config/node-config.ts";
import {
  faultKind,
  faultNames,
  type Fault,
  type FaultMatch,
  type FaultName,
  type FaultRule,
} from "./fault.ts";

export class FaultError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "FaultError";
  }
}

const MAX_RULES = 100;
const ruleKeys = ["fault", "match", "probability", "count", "after"];

/** Takes a rule, a list of rules, or `{faults: [rules]}`. */
export function readFaults(json: unknown, mode: ServerMode): FaultRule[] {
  const list = isObject(json) && "faults" in json ? json.faults : json;
  const rules = Array.isArray(list) ? list : [list];
  if (rules.length > MAX_RULES)
    throw new FaultError(`faults are ${rules.length}: at most ${MAX_RULES}`);
  return rules.map((rule: unknown, index) => {
    const read = readRule(rule, `faults[${index}]`);
    checkMode(read.fault.name, mode, `faults[${index}]`);
    return read;
  });
}

function readRule(json: unknown, where: string): FaultRule {
  if (typeof json === "string") return ruleOf(parseFault(json, where));
  if (!isObject(json)) throw new FaultError(`${where} must be an object with a key fault`);
  const name = json.fault;
  if (!isFaultName(name)) {
    throw new FaultError(
      `${where}.fault is ${shown(name)}: must be one of ${faultNames.join(", ")}`,
    );
  }
  const { parameter } = faultKind(name);
  refuseUnknownKeys(json, name, parameter, where);
  const value = parameter === undefined ? undefined : json[parameter];
  const rule: FaultRule = {
    fault: checkedFault(name, value, where),
    match: readMatch(json.match, `${where}.match`),
    probability: numberOf(json, "probability", where, [0, 1]) ?? 1,
    count: numberOf(json, "count", where, [1, 1e9]),
    after: numberOf(json, "after", where, [0, 1e9]) ?? 0,
  };
  if (name === "refuse" && !isAlways(rule)) {
    throw new FaultError(
      `${where}: refuse is for the whole node, it takes no match, probability, count or after`,
    );
  }
  return rule;
}

function refuseUnknownKeys(
  json: object,
  name: FaultName,
  parameter: string | undefined,
  where: string,
): void {
  const known = parameter === undefined ? ruleKeys : [...ruleKeys, parameter];
  for (const key of Object.keys(json)) {
    if (known.includes(key)) continue;
    throw new FaultError(`${where}.${key} is not known: a ${name} rule knows ${known.join(", ")}`);
  }
}

function isAlways({ match, probability, after, count }: FaultRule): boolean {
  const isForAll = Object.keys(match).length === 0;
  return isForAll && probability === 1 && after === 0 && count === undefined;
}

function checkMode(name: FaultName, mode: ServerMode, where: string): void {
  const needed = faultKind(name).mode ?? mode;
  if (needed === mode) return;
  throw new FaultError(`${where} is ${name}, which exists in mode ${needed} only, not in ${mode}`);
}

function ruleOf(fault: Fault): FaultRule {
  return { fault, match: {}, probability: 1, count: undefined, after: 0 };
}

/** The header of one request: `delay=500, reset=middle`; behind `;part=2` for that part alone. */
export function readFaultHeader(header: string, part: number, mode: ServerMode): Fault[] {
  const faults: Fault[] = [];
  for (const item of header.split(",").slice(0, MAX_RULES)) {
    const [text = "", ...options] = item.split(";").map((piece) => piece.trim());
    const fault = parseFault(text, "the fault");
    checkMode(fault.name, mode, "the fault");
    if (fault.name === "refuse")
      throw new FaultError("refuse is for the whole node, not for one request");
    for (const option of options) {
      if (!/^part=\d+$/.test(option)) {
        throw new FaultError(`${shown(option)} is not known behind a fault: only part=NUMBER is`);
      }
    }
    if (options.every((option) => option === `part=${part}`)) faults.push(fault);
  }
  return faults;
}

function parseFault(text: string, where: string): Fault {
  const [name, written] = text.split("=", 2);
  if (!isFaultName(name)) {
    throw new FaultError(`${where} is ${shown(name)}: must be one of ${faultNames.join(", ")}`);
  }
  const value = written !== undefined && /^\d+$/.test(written) ? Number(written) : written;
  return checkedFault(name, value, where);
}

function checkedFault(name: FaultName, given: unknown, where: string): Fault {
  const { parameter, allowed, check, otherwise } = faultKind(name);
  if (given === undefined) return { name, value: otherwise };
  if (check === undefined) throw new FaultError(`${where}: ${name} takes no value`);
  if (check(given)) return { name, value: given as number | string };
  throw new FaultError(`${where}: ${name}.${parameter} is ${shown(given)}: must be ${allowed}`);
}

const matchKeys: Readonly<Record<keyof FaultMatch, (value: unknown) => boolean>> = {
  type: (value) => ["request", "part", "response", "health", "probe"].includes(value as string),
  mode: (value) => value === "sync" || value === "async",
  method: isText,
  host: isText,
  path: isText,
  id: isText,
  part: (value) => Number.isInteger(value) && (value as number) >= 0,
};

function readMatch(json: unknown, where: string): FaultMatch {
  if (json === undefined) return {};
  if (!isObject(json)) throw new FaultError(`${where} must be an object`);
  for (const [key, value] of Object.entries(json)) {
    const check = Object.hasOwn(matchKeys, key) ? matchKeys[key as keyof FaultMatch] : undefined;
    if (check?.(value) === true) continue;
    const known =
      "type (request, part, response, health, probe), mode (sync, async), method, host, path, id, part";
    throw new FaultError(`${where}.${key} is ${shown(value)}: known are ${known}`);
  }
  return json;
}

function numberOf(
  json: Record<string, unknown>,
  key: string,
  where: string,
  [min, max]: readonly [number, number],
): number | undefined {
  const value = json[key];
  if (value === undefined) return undefined;
  const whole = key === "probability" || Number.isInteger(value);
  if (typeof value === "number" && whole && value >= min && value <= max) return value;
  throw new FaultError(
    `${where}.${key} is ${shown(value)}: must be a number from ${min} to ${max}`,
  );
}

function isFaultName(name: unknown): name is FaultName {
  return typeof name === "string" && (faultNames as readonly string[]).includes(name);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown): boolean {
  return typeof value === "string";
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? "absent").slice(0, 60);
}
