/**
 * What did the official CLI mean? Its messages are those of the libraries underneath ("Request failed with status code 409"):
 * here each is recognised and said in our own words, with what to do next. Seen with 1.6.12.
 */
import type { Context } from "./context.ts";
import { Problem, type ProblemKind, type ProblemOrigin } from "./problem.ts";
import type { CliResult } from "./official-cli.ts";

/** Who is to be told: words that fit into the sentences below. */
export interface Attempt {
  /** "Publishing the definition x 1.0.0". */
  readonly what: string;
  readonly groupId: string;
}

/** What of a context the readings need. */
export type Surroundings = Pick<Context, "env" | "host" | "secrets">;

/** And what the platform said when it refused, which the CLI keeps to itself; empty where it said nothing. */
type Found = Surroundings & { readonly reason: string };

interface Reading {
  readonly sign: RegExp;
  readonly kind: ProblemKind;
  /** Default: `here`. */
  readonly origin?: ProblemOrigin;
  readonly say: (attempt: Attempt, found: RegExpExecArray, around: Found) => string;
}

export const NO_CREDENTIALS =
  "no credentials: run `anypoint-cli-v4 conf username <name>` and `anypoint-cli-v4 conf password <password>`, or set " +
  "ANYPOINT_USERNAME and ANYPOINT_PASSWORD, ANYPOINT_CLIENT_ID and ANYPOINT_CLIENT_SECRET, or ANYPOINT_BEARER";

export const TWO_CREDENTIALS =
  "two kinds of credentials at once: keep one of user name, client id and bearer (ANYPOINT_… variables and " +
  "`anypoint-cli-v4 conf` together; `anypoint-cli-v4 conf --delete <key>` forgets one)";

export const sayUnauthorized = (host: string): string =>
  `${host} refuses the credentials (401): check user name and password (or client id and secret, or bearer), and that they ` +
  "are for this host (ANYPOINT_HOST)";

export const sayForbidden = (what: string, groupId: string): string =>
  `${what}: this user may not do that in the business group ${groupId} (403): check group_id in Cargo.toml, and ask for ` +
  "the role Exchange Contributor or Exchange Administrator there";

export const sayUntrusted = (host: string, reason: string): string =>
  `${host} is not trusted (${reason}): if it is behind a proxy or a stand-in with its own authority, set NODE_EXTRA_CA_CERTS ` +
  "to that authority's certificate (PEM)";

export const sayUnreachable = (host: string, reason: string): string =>
  `${host} can't be reached (${reason}): check the network, ANYPOINT_HOST, and HTTPS_PROXY if there is a proxy`;

export const sayCut = (host: string, reason: string): string =>
  `the connection to ${host} was cut before an answer came (${reason}): run the same command again; if that happens each time, see ` +
  "whether a proxy or a firewall does it";

const readings: readonly Reading[] = [
  { sign: /No authentication mechanism/i, kind: "credentials", say: () => NO_CREDENTIALS },
  {
    sign: /cannot also be provided when using|--(\w+)=\S* cannot/i,
    kind: "credentials",
    say: () => TWO_CREDENTIALS,
  },
  {
    sign: /multi-factor|puppeteer|Could not find Chrom/i,
    kind: "credentials",
    say: () =>
      "this user logs in with a second factor, which a command line has not: use a connected app " +
      "(ANYPOINT_CLIENT_ID and ANYPOINT_CLIENT_SECRET)",
  },
  {
    sign: /status(?: code)?:? 401|statusCode: 401/i,
    kind: "credentials",
    say: (_, __, { host }) => sayUnauthorized(host.name),
  },
  {
    sign: /not found\. You are a member of these orgs: ([^\n]*)/i,
    kind: "forbidden",
    say: ({ groupId }, [, orgs]) =>
      `group_id in Cargo.toml: this user is no member of the business group ${groupId}; allowed: ${orgs!.trim()}`,
  },
  {
    sign: /status(?: code)?:? 403|statusCode: 403/i,
    kind: "forbidden",
    origin: "verdict",
    say: ({ what, groupId }) => sayForbidden(what, groupId),
  },
  {
    sign: /environment not found/i,
    kind: "usage",
    say: ({ groupId }, _, { env }) =>
      `ANYPOINT_ENV: "${env.ANYPOINT_ENV ?? "(none)"}" is no environment of the business group ${groupId}; ` +
      "set it to the name (not the id) of one",
  },
  {
    sign: /status(?: code)?:? 409|statusCode: 409|already exists/i,
    kind: "exists",
    origin: "verdict",
    say: ({ what }) =>
      `${what}: this version is already on Exchange (409), and versions are final: raise it in package.json`,
  },
  {
    sign: /self[- ]signed certificate[^\n]*|unable to [^\n]*certificate|certificate (?:has expired|is not)[^\n]*|CERT_\w+|Hostname\/IP does not match[^\n]*/i,
    kind: "unreachable",
    say: (_, [reason], { host }) => sayUntrusted(host.name, reason),
  },
  {
    sign: /ECONNRESET|EPIPE|socket hang up|stream has been aborted/i,
    kind: "unreachable",
    say: (_, [reason], { host }) => sayCut(host.name, reason),
  },
  {
    sign: /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EPROTO|wrong version number|Base URL provided[^\n]*not valid/i,
    kind: "unreachable",
    say: (_, [reason], { host }) => sayUnreachable(host.name, reason),
  },
  {
    sign: /error publishing the asset\s+- statusCode: (\d+),\s+- message: ([^\n]*)/i,
    kind: "refused",
    origin: "verdict",
    say: ({ what }, [, status, message]) =>
      `${what}: the platform refuses it (${status}): ${message!.trim()}`,
  },
  {
    sign: /status code (400|415|422)/i,
    kind: "refused",
    origin: "verdict",
    say: ({ what }, [, status], { reason }) =>
      reason !== ""
        ? `${what}: the platform refuses it (${status}): ${reason}`
        : `${what}: the platform refuses what was sent (${status}) without saying why: check what DRY_RUN=1 shows, and that ` +
          "asset ids and version have letters, digits, points and hyphens only",
  },
  {
    sign: /status code 404/i,
    kind: "refused",
    origin: "platform",
    say: ({ what }, _, { host }) =>
      `${what}: ${host.name} does not know this address (404): check ANYPOINT_HOST and the ids`,
  },
  {
    sign: /status code 429/i,
    kind: "refused",
    origin: "platform",
    say: ({ what }, _, { host }) =>
      `${what}: ${host.name} is asked too often just now (429): wait a minute, then run the same command again`,
  },
  {
    sign: /status code (\d+)/i,
    kind: "refused",
    origin: "platform",
    say: ({ what }, [, status], { host }) =>
      `${what}: ${host.name} failed with status ${status}: try again later`,
  },
];

/** For a result whose status is not 0. */
export function problemOf(around: Surroundings, result: CliResult, attempt: Attempt): Problem {
  const text = plain(`${result.stderr}\n${result.stdout}`);
  const { secrets } = around;
  const reason = secrets.hide(result.refusals.at(-1)?.reason ?? "");
  for (const { sign, kind, origin = "here", say } of readings) {
    const found = sign.exec(text);
    if (found) return new Problem(kind, say(attempt, found, { ...around, reason }), { origin });
  }
  const first = /Error: ([^\n]+)/.exec(text)?.[1] ?? text.trim().split("\n")[0] ?? "";
  const said = first === "" ? "nothing" : `"${first.slice(0, 300)}"`;
  return new Problem(
    "refused",
    secrets.hide(`${attempt.what}: failed; the official CLI says ${said}`),
  );
}

/** Without colours and the marks that oclif puts before each line. */
function plain(text: string): string {
  return text
    .replace(/\u001b\[[0-9;]*m/g, "")
    .replaceAll("\r", "\n")
    .replace(/^ *› +/gm, "");
}
