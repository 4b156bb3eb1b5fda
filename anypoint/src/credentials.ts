/** Who is asking? The credentials, from where the official CLI takes them: ANYPOINT_… variables first, then its configuration. */
import { NO_CREDENTIALS, TWO_CREDENTIALS } from "./cli-answer.ts";
import type { Context } from "./context.ts";
import type { OfficialCli } from "./official-cli.ts";
import { Problem } from "./problem.ts";
import type { Secrets } from "./secrets.ts";
import type { TimeLimit } from "./time-limit.ts";

export type Credentials =
  | { readonly kind: "bearer"; readonly bearer: string }
  | { readonly kind: "user"; readonly username: string; readonly password: string }
  | { readonly kind: "client"; readonly clientId: string; readonly clientSecret: string };

const KEYS = ["username", "password", "client_id", "client_secret", "bearer", "host"] as const;
type Key = (typeof KEYS)[number];
type Known = Partial<Record<Key, string>>;

export async function readCredentials(
  { env, host, secrets }: Context,
  cli: OfficialCli,
  limit: TimeLimit,
): Promise<Credentials> {
  const environment = knownOf((key) => env[`ANYPOINT_${key.toUpperCase()}`]);
  requireOneKind(environment);
  const complete = credentialsOf(environment, secrets);
  const needsHost = !environment.host;
  if (complete && !needsHost) return complete;
  const known = { ...(await configured(cli, limit)), ...environment };
  if (known.host) host.learnConfigured(known.host);
  if (complete === undefined) requireOneKind(known);
  const credentials = complete ?? credentialsOf(known, secrets);
  if (!credentials) throw new Problem("credentials", NO_CREDENTIALS);
  return credentials;
}

/** The official CLI refuses two: what only reads must not go on with one of them. */
function requireOneKind({ bearer, username, client_id }: Known): void {
  const kinds = [bearer, username, client_id].filter((each) => each !== undefined);
  if (kinds.length > 1) throw new Problem("credentials", TWO_CREDENTIALS);
}

const knownOf = (read: (key: Key) => string | undefined): Known =>
  Object.fromEntries(KEYS.flatMap((key) => (read(key) ? [[key, read(key)]] : [])));

/** In the official CLI's order. */
function credentialsOf(known: Known, secrets: Secrets): Credentials | undefined {
  const { bearer, username, password, client_id, client_secret } = known;
  for (const secret of [bearer, password, client_secret]) if (secret) secrets.learn(secret);
  if (bearer) return { kind: "bearer", bearer };
  if (username && password) return { kind: "user", username, password };
  if (client_id && client_secret)
    return { kind: "client", clientId: client_id, clientSecret: client_secret };
  return undefined;
}

/** Its file is encrypted: the CLI itself is asked, once for the keys and once for each that matters. */
async function configured(cli: OfficialCli, limit: TimeLimit): Promise<Known> {
  const { stdout } = await cli.run(["conf"], { limit });
  const present = KEYS.filter((key) => stdout.split(/\r?\n/).includes(key));
  const values = await Promise.all(
    present.map(async (key) => [key, (await cli.run(["conf", key], { limit })).stdout.trim()]),
  );
  return Object.fromEntries(values) as Known;
}
