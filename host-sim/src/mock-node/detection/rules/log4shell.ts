// Does this text make Log4j look something up? CVE-2021-44228 and its obfuscations, which spell "jndi" by way of other
// lookups: ${${lower:j}ndi:…}, ${${::-j}${::-n}…}, ${${env:X:-j}ndi…}.

import { matchOf, type Rule, type RuleSet, type Subject } from "./rule.ts";

const INNERMOST = /\$\{([^${}]{0,200})\}/g;
const JNDI = /\$\{\s{0,8}jndi\s{0,8}:[^\n]{0,80}/;
const NESTED = /\$\{[^{}]{0,40}\$\{(?:[a-z0-9_]{0,20}:){1,3}-?[^{}]{0,40}\}/;
const LEAK =
  /\$\{(?:env|sys|java|ctx|main|bundle|k8s|docker|sd|spring|web|hostname)\s{0,4}:[\w.:-]{1,60}/;

/** Resolves lookups inside out, as Log4j does, until one asks JNDI; a lookup that is not understood is left. */
function hiddenJndi(lower: string): string | undefined {
  let text = lower;
  for (let round = 0; round < 8; round += 1) {
    const match = matchOf(JNDI, text);
    if (match !== undefined) return match;
    const next = text.replace(INNERMOST, (whole, body: string) => {
      const fallback = body.lastIndexOf(":-");
      if (fallback >= 0) return body.slice(fallback + 2);
      const cased = /^\s{0,4}(?:lower|upper|date|sys|env|map)\s{0,4}:['"]?(.{0,24}?)['"]?$/.exec(
        body,
      );
      return cased === null ? whole : (cased[1] ?? "");
    });
    if (next === text) return undefined;
    text = next;
  }
  return undefined;
}

function isNested(subject: Subject): string | undefined {
  const match = NESTED.exec(subject.lower)?.[0];
  // A template of a build file may nest variables; a lookup with a colon inside another spells something.
  return match !== undefined &&
    /\$\{(?:lower|upper|env|sys|date|java|ctx|::|[a-z]{1,8}:)/.test(match.slice(2))
    ? match
    : undefined;
}

const jndi: Rule = {
  name: "log4shell-jndi",
  inBinary: true,
  type: "rce",
  looksFor: "a JNDI lookup that a vulnerable Log4j would follow",
  find: ({ lower }) => hiddenJndi(lower),
};

const nested: Rule = {
  name: "log4shell-nested-lookup",
  type: "rce",
  looksFor: "a Log4j lookup inside another, as used to spell a hidden word",
  find: isNested,
};

const leak: Rule = {
  name: "log4j-lookup",
  type: "rce",
  looksFor: "a Log4j lookup of the environment or of system properties",
  find: ({ lower, wordy, kind }) => (wordy || kind === "file" ? undefined : matchOf(LEAK, lower)),
};

export const log4shell: RuleSet = { gate: /\$\{/, rules: [jndi, nested, leak] };
