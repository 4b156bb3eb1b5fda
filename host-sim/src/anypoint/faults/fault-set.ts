/** What goes wrong on purpose? Each fault waits for its turn among the calls that match it, and strikes a number of times. */
import { AnypointError } from "../anypoint-error.ts";

export const faultKinds = {
  "fail-publication": "a publication ends with an error (status, message)",
  "stall-publication": "a publication stays running for ever",
  status: "a call is answered with a status (status, message; method, path)",
  drop: "a call's connection is cut without an answer (method, path)",
  "done-status":
    "a call does its work and is answered with a status (status, message; method, path)",
  "done-drop": "a call does its work and its connection is cut without an answer (method, path)",
  "short-lists": "what a call lists ends after so many, without a total (most; method, path)",
  delay: "a call is answered late (delayMs; method, path)",
} as const;
export type FaultKind = keyof typeof faultKinds;

export interface Fault {
  readonly kind: FaultKind;
  /** Of the calls: only with this method, only where this stands in the path. */
  readonly method?: string;
  readonly path?: string;
  /** So many that match go by first. Default 0: the first is struck. */
  readonly after?: number;
  /** Default 1. */
  readonly times?: number;
  readonly status?: number;
  readonly message?: string;
  readonly delayMs?: number;
  readonly most?: number;
}

interface Armed {
  readonly fault: Fault;
  seen: number;
}

const texts = ["method", "path", "message"] as const;
const numbers = ["after", "times", "status", "delayMs", "most"] as const;

export class FaultSet {
  #armed: Armed[] = [];

  replace(faults: readonly Fault[]): void {
    this.#armed = faults.map((fault) => ({ fault, seen: 0 }));
  }

  get faults(): readonly Fault[] {
    return this.#armed.map(({ fault }) => fault);
  }

  /** The fault that strikes now, if any: each one that matches counts this call. */
  take(kind: FaultKind, method = "", path = ""): Fault | undefined {
    let struck: Fault | undefined;
    for (const armed of this.#armed) {
      const { fault } = armed;
      if (fault.kind !== kind || !matches(fault, method, path)) continue;
      const turn = armed.seen++ - (fault.after ?? 0);
      if (turn >= 0 && turn < (fault.times ?? 1)) struck ??= fault;
    }
    return struck;
  }
}

const matches = (fault: Fault, method: string, path: string): boolean =>
  (fault.method === undefined || fault.method.toUpperCase() === method) &&
  (fault.path === undefined || path.includes(fault.path));

export function readFaults(json: unknown): Fault[] {
  if (!Array.isArray(json)) throw new AnypointError("faults: must be a list");
  return json.map((entry: unknown, at) => readFault(entry, `faults[${at}]`));
}

function readFault(entry: unknown, where: string): Fault {
  const fault = Object(entry) as Record<string, unknown>;
  if (!Object.hasOwn(faultKinds, String(fault.kind))) {
    throw new AnypointError(
      `${where}.kind: ${String(fault.kind)}, expected one of ${Object.keys(faultKinds).join(", ")}`,
    );
  }
  for (const [key, value] of Object.entries(fault)) {
    const good =
      key === "kind" ||
      (texts.includes(key as (typeof texts)[number]) && typeof value === "string") ||
      (numbers.includes(key as (typeof numbers)[number]) &&
        Number.isInteger(value) &&
        (value as number) >= 0);
    if (!good) throw new AnypointError(`${where}.${key}: ${String(value)} is not allowed here`);
  }
  return fault as unknown as Fault;
}
