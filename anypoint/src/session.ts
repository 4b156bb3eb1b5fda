/**
 * How is the platform's API called where the official CLI has no command? With the CLI's credentials, host and trust, so that
 * nothing more is to be configured. TLS: NODE_EXTRA_CA_CERTS (Node.js itself reads it); proxies: HTTPS_PROXY, NO_PROXY.
 */
import { setTimeout } from "node:timers/promises";
import { EnvHttpProxyAgent, request, type Dispatcher } from "undici";
import {
  sayCut,
  sayForbidden,
  sayUnauthorized,
  sayUnreachable,
  sayUntrusted,
} from "./cli-answer.ts";
import type { Context } from "./context.ts";
import { readCredentials, type Credentials } from "./credentials.ts";
import type { OfficialCli } from "./official-cli.ts";
import { Problem } from "./problem.ts";
import type { Secrets } from "./secrets.ts";
import type { TimeLimit } from "./time-limit.ts";

export interface Answer {
  readonly status: number;
  /** Undefined where the body is no JSON. */
  readonly json: unknown;
  /** Seconds, where the platform says how long to wait. */
  readonly retryAfter?: number;
}

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

export interface Session {
  readonly host: string;
  /** Any status but 401 and 403, which are Problems, is for the caller to look at. `what` is for their lines. */
  call(method: Method, path: string, what: string, body?: unknown): Promise<Answer>;
  close(): Promise<void>;
}

export interface SessionOptions {
  readonly cli: OfficialCli;
  readonly limit: TimeLimit;
  /** The business group that is worked in. */
  readonly groupId: string;
}

/** A connection that was there and broke. */
const PASSING = /ECONNRESET|EPIPE|UND_ERR_SOCKET/;
const TRUST = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ISSUER|ALTNAME/;

export async function openSession(
  context: Context,
  { cli, limit, groupId }: SessionOptions,
): Promise<Session> {
  context.host.check();
  const credentials = await readCredentials(context, cli, limit);
  const agent = new EnvHttpProxyAgent();
  const host = context.host.name;
  const send = sender(agent, host, limit);
  const sendLogIn: Send = (...args) => patiently("GET", limit, () => send(...args));
  const bearer = await logIn(credentials, sendLogIn, { host, secrets: context.secrets });
  return {
    host,
    async call(method, path, what, body) {
      const headers = { authorization: `Bearer ${bearer}`, "x-anypnt-org-id": groupId };
      const answer = await patiently(method, limit, () => send(method, path, headers, body));
      if (answer.status === 401) throw new Problem("credentials", sayUnauthorized(host));
      if (answer.status === 403) throw new Problem("forbidden", sayForbidden(what, groupId));
      return answer;
    },
    close: () => agent.close(),
  };
}

const TRIES = 4;
const FIRST_PAUSE_MS = 400;

/** A platform that is asked too often, or fails now and then. What changes something is sent again only where it says that it did nothing. */
async function patiently(
  method: Method,
  limit: TimeLimit,
  send: () => Promise<Answer>,
): Promise<Answer> {
  for (let tries = 1; ; tries++) {
    const last = tries === TRIES;
    const answer = await send().catch((error: unknown) => {
      const isLost = error instanceof Problem && error.kind === "unreachable" && error.isPassing;
      if (last || method !== "GET" || !isLost) throw error;
      return undefined;
    });
    if (answer !== undefined && (last || !isWorthAgain(method, answer.status))) return answer;
    const pause = (answer?.retryAfter ?? 0) * 1000 || FIRST_PAUSE_MS * 2 ** (tries - 1);
    if (pause > limit.leftMs && answer !== undefined) return answer;
    await setTimeout(Math.min(pause, limit.leftMs));
  }
}

const isWorthAgain = (method: Method, status: number): boolean =>
  status === 429 || (method === "GET" && status >= 500);

type Send = (
  method: Method,
  path: string,
  headers: Record<string, string>,
  body?: unknown,
) => Promise<Answer>;

const sender =
  (dispatcher: Dispatcher, host: string, limit: TimeLimit): Send =>
  async (method, path, headers, body) => {
    const signal = AbortSignal.timeout(Math.max(1, limit.leftMs));
    try {
      const answer = await request(`https://${host}${path}`, {
        ...{ method, dispatcher, signal },
        headers: { ...headers, ...(body !== undefined && { "content-type": "application/json" }) },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const retryAfter = Number(answer.headers["retry-after"]);
      const json = parse(await answer.body.text());
      return { status: answer.statusCode, json, ...(retryAfter > 0 && { retryAfter }) };
    } catch (error) {
      if (signal.aborted) throw limit.exceeded(`${method} ${path.split("?")[0]!} at ${host}`);
      throw networkProblem(host, error as NodeJS.ErrnoException);
    }
  };

function networkProblem(host: string, { code = "", message }: NodeJS.ErrnoException): Problem {
  const isPassing = PASSING.test(code);
  const say = TRUST.test(code) ? sayUntrusted : isPassing ? sayCut : sayUnreachable;
  return new Problem("unreachable", say(host, code || message), { isPassing });
}

async function logIn(
  credentials: Credentials,
  send: Send,
  { host, secrets }: { host: string; secrets: Secrets },
): Promise<string> {
  if (credentials.kind === "bearer") return credentials.bearer;
  const { status, json } = await askForToken(credentials, send);
  const token = (json as { access_token?: unknown } | undefined)?.access_token;
  if (typeof token === "string" && token !== "") {
    secrets.learn(token);
    return token;
  }
  if (status === 401 || status === 403) throw new Problem("credentials", sayUnauthorized(host));
  throw new Problem(
    "refused",
    `${host} gives no token at log-in (status ${status}): check ANYPOINT_HOST`,
  );
}

function askForToken(
  credentials: Exclude<Credentials, { kind: "bearer" }>,
  send: Send,
): Promise<Answer> {
  if (credentials.kind === "user") {
    const { username, password } = credentials;
    return send("POST", "/accounts/login", {}, { username, password });
  }
  const { clientId: client_id, clientSecret: client_secret } = credentials;
  const body = { client_id, client_secret, grant_type: "client_credentials" };
  return send("POST", "/accounts/api/v2/oauth2/token", {}, body);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
