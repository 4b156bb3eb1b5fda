/** Which faults strike this message? Rules count what they matched and how often they struck. */
import { hostWithoutPort } from "../decision/host-pattern.ts";
import { faultKind, type Fault, type FaultMatch, type FaultRule } from "./fault.ts";

export interface FaultSubject {
  readonly type: "request" | "part" | "response" | "health" | "probe";
  readonly mode?: "sync" | "async" | undefined;
  readonly method?: string | undefined;
  readonly host?: string | undefined;
  readonly path?: string | undefined;
  readonly id?: string | undefined;
  readonly part?: number | undefined;
}

interface Armed {
  readonly rule: FaultRule;
  matched: number;
  struck: number;
}

export class FaultSet {
  readonly #random: () => number;
  #armed: Armed[] = [];

  constructor(random: () => number) {
    this.#random = random;
  }

  replace(rules: readonly FaultRule[]): void {
    this.#armed = rules.map((rule) => ({ rule, matched: 0, struck: 0 }));
  }

  /** The node takes no connections. */
  get refusing(): boolean {
    return this.#armed.some(({ rule }) => rule.fault.name === "refuse");
  }

  take(subject: FaultSubject): Fault[] {
    return this.#armed
      .filter((armed) => this.#strikes(armed, subject))
      .map(({ rule }) => rule.fault);
  }

  #strikes(armed: Armed, subject: FaultSubject): boolean {
    const { rule } = armed;
    if (rule.fault.name === "refuse" || !matches(rule.match, subject)) return false;
    armed.matched += 1;
    if (armed.matched <= rule.after) return false;
    if (rule.count !== undefined && armed.struck >= rule.count) return false;
    if (rule.probability < 1 && this.#random() >= rule.probability) return false;
    armed.struck += 1;
    return true;
  }

  /** As `GET /api/faults` shows them; what `PUT` takes, and the counts. */
  describe(): Array<Record<string, unknown>> {
    return this.#armed.map(({ rule, matched, struck }) => {
      const { fault, match, probability, count, after } = rule;
      const { parameter, explains } = faultKind(fault.name);
      return {
        fault: fault.name,
        ...(parameter === undefined ? {} : { [parameter]: fault.value }),
        match,
        probability,
        ...(count === undefined ? {} : { count }),
        after,
        explains,
        matched,
        struck,
      };
    });
  }
}

function matches(match: FaultMatch, subject: FaultSubject): boolean {
  const { type, mode, method, host, path, id, part } = match;
  return (
    (type === undefined || type === subject.type) &&
    (mode === undefined || mode === subject.mode) &&
    (method === undefined || method === subject.method) &&
    (part === undefined || part === subject.part) &&
    (path === undefined || (subject.path ?? "").includes(path)) &&
    (id === undefined || (subject.id ?? "").startsWith(id.toLowerCase())) &&
    (host === undefined || hostWithoutPort(subject.host ?? "") === hostWithoutPort(host))
  );
}
