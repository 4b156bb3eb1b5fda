/**
 * How is the platform's API called where the official CLI has no command? With the CLI's credentials, host and trust, so that
 * nothing more is to be configured. TLS: NODE_EXTRA_CA_CERTS (Node.js itself reads it); proxies: HTTPS_PROXY, NO_PROXY.
 */
import { EnvHttpProxyAgent, request, type Dispatcher } from "undici";
import { sayForbidden, sayUnauthorized, sayUnreachable, sayUntrusted } from "./cli-answer.ts";
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
  const bearer = await logIn(credentials, send, { host, secrets: context.secrets });
  return {
    host,
    async call(method, path, what, body) {
      const headers = { authorization: `Bearer ${bearer}`, "x-anypnt-org-id": groupId };
      const answer = await send(method, path, headers, body);
      if (answer.status === 401) throw new Problem("credentials", sayUnauthorized(host));
      if (answer.status === 403) throw new Problem("forbidden", sayForbidden(what, groupId));
      return answer;
    },
    close: () => agent.close(),
  };
}

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
      return { status: answer.statusCode, json: parse(await answer.body.text()) };
    } catch (error) {
      if (signal.aborted) throw limit.exceeded(`${method} ${path.split("?")[0]!} at ${host}`);
      throw networkProblem(host, error as NodeJS.ErrnoException);
    }
  };

function networkProblem(host: string, { code = "", message }: NodeJS.ErrnoException): Problem {
  const say = TRUST.test(code) ? sayUntrusted : sayUnreachable;
  return new Problem("unreachable", say(host, code || message));
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
