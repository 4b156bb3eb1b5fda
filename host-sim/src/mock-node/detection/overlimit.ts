// What is said of a request that can't be looked at to its end? That is an attack of its own, by Wallarm's names.

import type { Attack } from "./attack.ts";

/** Ends an inspection: what has been found so far counts. */
export class Overlimit extends Error {
  readonly attack: Attack;

  constructor(attack: Attack) {
    super(attack.explanation);
    this.name = "Overlimit";
    this.attack = attack;
  }
}

/** `why`: a sentence that names the limit. */
export function overlimit(rule: string, why: string, point = "request"): Attack {
  return { type: "overlimit_res", rule, point, value: "", match: "", explanation: why };
}

export const TIME_RULE = "overlimit-time";

export function overTime(milliseconds: number): Attack {
  return overlimit(TIME_RULE, `it took longer than ${milliseconds} ms to look at.`);
}

export function dataBomb(why: string): Attack {
  const explanation = `the body can't be unfolded to its end: ${why}.`;
  return { type: "data_bomb", rule: "data-bomb", point: "body", value: "", match: "", explanation };
}
