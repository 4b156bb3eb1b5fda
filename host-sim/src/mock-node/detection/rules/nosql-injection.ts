// Does this value smuggle an operator or a script into a document database?

import { matchOf, type Rule, type RuleSet } from "./rule.ts";

const ALWAYS =
  /(?:^|\[)["']?\$(?:ne|nin|where|function|accumulator|regex|exists|not|expr|jsonschema|mapreduce)["']?(?:\]|:|$)/;
const COMPARE =
  /(?:^|\[)["']?\$(?:gte?|lte?|eq|in|or|and|nor|type|size|mod|all|elemmatch|text|options)["']?(?:\]|:|$)/;
/** Greater than nothing: always true. */
const EMPTY = /^\$(?:gte?|lte?|eq|in)\s{0,4}:\s{0,4}(?:""|null|undefined|\[\s{0,4}\])/;
const CREDENTIAL =
  /user|login|name|mail|pass|pwd|token|code|otp|secret|pin|auth|account|key|session/;
const IN_VALUE =
  /[{,[]\s{0,8}["']?\$(?:ne|nin|where|regex|gte?|lte?|in|exists|or|and|nor|not|eq|expr|func|function|comment|elemmatch)["']?\s{0,8}:/;
const SCRIPT =
  /\bthis\.\w{1,40}\s{0,4}(?:\.(?:match|length|substring|charat|test)\b|[=!]==?|[<>])|['"]?\s{0,4}[;})]\s{0,4}return\s{1,4}(?:true|1|this|\(|['"!])|^\s{0,4}return\s{1,4}(?:true|1)\s{0,4};|\bdb\.(?:\w{1,40}\.(?:find|insert|remove|drop|update|aggregate|count|save|mapreduce)|getcollectionnames|injection|dropdatabase|version|eval|loadserverscripts|admincommand)\b|;\s{0,4}(?:while|for)\s{0,4}\((?:true|1|;;)\)|(?:'|"|\d)\s{0,4}(?:\|\||&&)\s{0,4}(?:'|"|this\b|1\s{0,2}[=!]==?\s{0,2}1|true\b)|\|\|\s{0,4}1\s{0,2}==\s{0,2}1/;

const operator: Rule = {
  name: "nosqli-operator",
  type: "nosqli",
  looksFor: "a query operator of MongoDB as a name",
  find: ({ kind, lower, field }) => {
    if (kind !== "name") return undefined;
    const always = matchOf(ALWAYS, lower) ?? matchOf(EMPTY, lower);
    if (always !== undefined) return always;
    return CREDENTIAL.test(`${field} ${lower.replace(/:.*/, "")}`) || /^\$/.test(field)
      ? matchOf(COMPARE, lower)
      : undefined;
  },
};

const value: Rule = {
  name: "nosqli-value",
  type: "nosqli",
  looksFor: "a query operator of MongoDB inside a value",
  find: ({ lower, wordy, strict }) => (wordy || strict ? undefined : matchOf(IN_VALUE, lower)),
};

const script: Rule = {
  name: "nosqli-script",
  type: "nosqli",
  looksFor: "a script for a document database to run",
  find: ({ lower, wordy, strict }) => (wordy || strict ? undefined : matchOf(SCRIPT, lower)),
};

export const nosqlInjection: RuleSet = {
  gate: /\$|this\.|return|db\.|\|\||&&|while|for/,
  rules: [operator, value, script],
};
