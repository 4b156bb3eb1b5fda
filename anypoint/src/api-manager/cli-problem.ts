/** What did the official CLI mean when API Manager refused? What is said here is for policies; the rest is told for all commands. */
import { problemOf, type Attempt, type Surroundings } from "../cli-answer.ts";
import type { CliResult } from "../official-cli.ts";
import { originOf, Problem } from "../problem.ts";
import { adviceFor, forbidden, verdictOf } from "./client.ts";

/** Seen with 1.6.12: of a refusal the CLI prints the platform's `message`, without the status; without a message the status alone. */
const signs: readonly { sign: RegExp; status: number }[] = [
  { sign: /already (?:applied|exists|an automated)[^\n]*|automated policy already/i, status: 409 },
  { sign: /status code 409/i, status: 409 },
  { sign: /incorrect API Instance ID[^\n]*|not found|status code 404/i, status: 404 },
  { sign: /status code (?:400|415|422)/i, status: 400 },
  { sign: /status code 5\d\d/i, status: 500 },
];

export function cliProblem(around: Surroundings, result: CliResult, attempt: Attempt): Problem {
  const common = problemOf(around, result, attempt);
  if (common.kind === "forbidden") return forbidden(attempt.what, attempt.groupId);
  if (!["refused", "exists"].includes(common.kind)) return common;
  const text = `${result.stderr}\n${result.stdout}`;
  const said = around.secrets.hide(result.refusals.at(-1)?.reason || saidIn(text));
  const last = result.refusals.at(-1)?.status;
  const status = last ?? signs.find(({ sign }) => sign.test(text))?.status;
  if (status !== undefined) {
    const line = `${attempt.what}: ${verdictOf(status)} (${said || `status ${status}, without a reason`}); ${adviceFor(status)}`;
    return new Problem(status === 409 ? "exists" : "refused", line, { origin: originOf(status) });
  }
  return said === ""
    ? common
    : new Problem("refused", `${attempt.what}: the platform refuses it: ${said}`);
}

/** Its words, on one line. */
function saidIn(text: string): string {
  const error = /Error: ([\s\S]*)/.exec(text)?.[1] ?? text;
  const words = error
    .replace(/^\s*(?:›|Code:.*$)/gm, " ")
    .replace(/\s+/g, " ")
    .trim();
  return words
    .replace(/^Request failed with status code (\d+)$/, "status $1, without a reason")
    .slice(0, 300);
}
