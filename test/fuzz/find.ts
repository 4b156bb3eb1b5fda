/** What has a fuzzer found? A rule that was broken; whoever notices throws this. */
export class Find extends Error {
  /** A word for the rule: finds of the same rule are taken for the same. */
  readonly rule: string;

  constructor(rule: string, detail: string) {
    super(`${rule}: ${detail}`);
    this.name = "Find";
    this.rule = rule;
  }
}

/** `detail` is made only when it is needed: rules are checked very often. */
export function require(holds: boolean, rule: string, detail: () => string): asserts holds {
  if (!holds) throw new Find(rule, detail());
}
