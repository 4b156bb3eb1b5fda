// What is an attack, and what does a rule see and say?

/** Names as Wallarm's attack types; Log4Shell is filed under `rce`, as Wallarm does. */
export type AttackType =
  "ptrav" | "sqli" | "nosqli" | "xss" | "rce" | "ssti" | "xxe" | "overlimit_res" | "data_bomb";

export interface Attack {
  readonly type: AttackType;
  readonly rule: string;
  /** Where it was, for example `query:id`, `header:user-agent`, `json:user.name`. */
  readonly point: string;
  /** The value around the match, decoded, at most 200 characters. */
  readonly value: string;
  readonly match: string;
  /** One sentence: what matched where, after which decodings. */
  readonly explanation: string;
}
