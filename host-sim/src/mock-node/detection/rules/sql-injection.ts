// Does this value change the SQL query that it is put into? Rules over tokens, not over characters: the text is read as a
// database would, bare and after each quote that may close a string.

import type { Rule, RuleSet, Subject } from "./rule.ts";
import { findDangerousCall, findOperandCall } from "./sql/calls.ts";
import { findBareOperator, findCut, findGrown } from "./sql/quote-break.ts";
import { type Reading, readingsOf } from "./sql/readings.ts";
import { isIn, isKind, isWord, textOf } from "./sql/shapes.ts";
import { findCatalog, findClause, findSubquery } from "./sql/clauses.ts";
import { findStacked, findUnion, statementAt } from "./sql/statements.ts";
import { findCondition } from "./sql/tautology.ts";
import { WHOLE_QUERIES } from "./sql/words.ts";

type Find = (reading: Reading, subject: Subject) => string | undefined;

function rule(name: string, looksFor: string, find: Find): Rule {
  return {
    name,
    type: "sqli",
    looksFor,
    find: (subject) => {
      if (subject.kind === "markup") return undefined;
      for (const reading of readingsOf(subject)) {
        const match = find(reading, subject);
        if (match !== undefined) return match;
      }
      return undefined;
    },
  };
}

/** Whole files of SQL are ordinary uploads, and headers with a grammar have quotes of their own. */
const notStrict =
  (find: Find): Find =>
  (reading, subject) =>
    subject.strict ? undefined : find(reading, subject);

/** Where people search for words, or where an interface takes a query language of its own. */
const SEARCH_FIELDS =
  /^(?:q|query|search|s|keywords?|term|text|title|subject|comment|message|body|content|description|sql|soql|cql|jql|nrql|filter|\$filter|where|note)$/;

/** A whole query in a short parameter: `select password from users`. "drop table lamp" is a lamp. */
function findStatement(reading: Reading, subject: Subject): string | undefined {
  const { tokens, quote } = reading;
  if (quote !== undefined || !subject.start || subject.wordy || subject.kind === "json")
    return undefined;
  if (!isIn(tokens[0], WHOLE_QUERIES)) return undefined;
  const end = statementAt(tokens, 0);
  if (end === undefined) return undefined;
  const isEnded = tokens.some((token) => isKind(token, "comment", ";") && token.begin > 0);
  const isShaped =
    isWord(tokens[0], "insert", "update", "declare", "waitfor") ||
    tokens.some((token) => isWord(token, "where")) ||
    (isWord(tokens[0], "select") && tokens.some((token) => isWord(token, "from")));
  return isEnded || (isShaped && !SEARCH_FIELDS.test(subject.field))
    ? textOf(tokens, 0, end)
    : undefined;
}

const rules: readonly Rule[] = [
  rule("sqli-union", "a UNION SELECT that adds rows of another query", (reading, { kind }) =>
    kind === "file" ? undefined : findUnion(reading),
  ),
  rule(
    "sqli-condition",
    "a condition that is always true or asks the database",
    notStrict((reading, { wordy }) => findCondition(reading, wordy)),
  ),
  rule(
    "sqli-comment-cut",
    "a quote and a comment that cut off the rest of the query",
    notStrict((reading, { wordy }) => (wordy ? undefined : findCut(reading))),
  ),
  rule(
    "sqli-expression",
    "an expression grown onto a closed string",
    notStrict((reading, { wordy }) =>
      wordy ? undefined : (findGrown(reading) ?? findBareOperator(reading)),
    ),
  ),
  rule("sqli-stacked", "a second statement after a semicolon", notStrict(findStacked)),
  rule(
    "sqli-subquery",
    "a query where a value should stand",
    notStrict((reading, { wordy }) => findSubquery(reading, wordy)),
  ),
  rule(
    "sqli-clause",
    "a clause of SQL that reshapes the query or its output",
    notStrict((reading, { wordy }) => (wordy ? undefined : findClause(reading))),
  ),
  rule(
    "sqli-catalog",
    "a table or variable that describes the database itself",
    notStrict((reading, { wordy }) => (wordy ? undefined : findCatalog(reading))),
  ),
  rule(
    "sqli-function",
    "a database function that waits, leaks, reads files or reaches out",
    notStrict(
      (reading, { wordy }) =>
        findDangerousCall(reading, wordy) ?? (wordy ? undefined : findOperandCall(reading)),
    ),
  ),
  rule("sqli-statement", "a whole SQL statement as a value", notStrict(findStatement)),
];

const GATE =
  /['"`]|union|select|\/\*|\b(?:or|and|xor|union|select|having|where|order|group|limit|into|waitfor|case|exec|execute|insert|update|delete|drop|declare|shutdown|procedure|sleep|benchmark|if|char|chr|concat|cast|convert|database|version)\b|\|\||&&|@@|_|--/;

export const sqlInjection: RuleSet = { gate: GATE, rules };
