/** How is API Manager asked, and what do its refusals mean? Each becomes a line in our words that says what to do next. */
import { originOf, Problem, type ProblemKind } from "../problem.ts";
import { reasonIn } from "../refusal-reason.ts";
import type { Answer, Method, Session } from "../session.ts";

export type JsonObject = Readonly<Record<string, unknown>>;

export interface Client {
  /** Undefined for 404; other refusals are Problems. */
  find(path: string, what: string): Promise<unknown>;
  /** A JSON object. */
  get(path: string, what: string): Promise<JsonObject>;
  getList(path: string, what: string): Promise<readonly JsonObject[]>;
  send(method: Method, path: string, what: string, body?: unknown): Promise<JsonObject>;
  /** What of an answer should be a list of objects: where it is none, nobody knows what is there. */
  list(value: unknown, what: string): readonly JsonObject[];
}

export function createClient(session: Session, groupId: string): Client {
  const call = async (
    method: Method,
    path: string,
    what: string,
    body?: unknown,
  ): Promise<Answer> => {
    try {
      return await session.call(method, path, what, body);
    } catch (error) {
      throw error instanceof Problem && error.kind === "forbidden"
        ? forbidden(what, groupId)
        : error;
    }
  };
  const good = async (method: Method, path: string, what: string, body?: unknown) => {
    const answer = await call(method, path, what, body);
    if (answer.status >= 300) throw refusal(answer, what);
    return answer.json;
  };
  const client: Client = {
    async find(path, what) {
      const answer = await call("GET", path, what);
      if (answer.status === 404) return undefined;
      if (answer.status >= 300) throw refusal(answer, what);
      return answer.json;
    },
    get: async (path, what) => asObject(await good("GET", path, what), what),
    getList: async (path, what) => client.list(await good("GET", path, what), what),
    send: async (method, path, what, body) => {
      const json = await good(method, path, what, body);
      return isObject(json) ? json : {};
    },
    list: (value, what) => {
      if (Array.isArray(value) && value.every(isObject)) return value;
      throw notUnderstood(what);
    },
  };
  return client;
}

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function asObject(json: unknown, what: string): JsonObject {
  if (isObject(json)) return json;
  throw notUnderstood(what);
}

const notUnderstood = (what: string): Problem =>
  new Problem("refused", `${what}: the answer is not what API Manager gives: check ANYPOINT_HOST`);

/** Of the session's own words only the role is wrong here: those are for publishing. */
export const forbidden = (what: string, groupId: string): Problem =>
  new Problem(
    "forbidden",
    `${what}: this user may not do that (403): ask for the permissions View APIs Configuration and Manage Policies in the ` +
      `environment, and check group_id in Cargo.toml (${groupId})`,
  );

export function refusal({ status, json }: Answer, what: string): Problem {
  const reason = reasonIn(json);
  const said = reason === "" ? "" : `: ${reason}`;
  const kind: ProblemKind = status === 409 ? "exists" : "refused";
  return new Problem(
    kind,
    `${what}: ${verdictOf(status)} (${status})${said}; ${adviceFor(status)}`,
    { origin: originOf(status) },
  );
}

/** A platform that failed has not said no, and may have done it. */
export const verdictOf = (status: number): string =>
  status >= 500 ? "the platform failed" : "the platform refuses it";

export function adviceFor(status: number): string {
  if (status === 404) return "`make status` shows which APIs, policies and versions there are";
  if (status === 409) return "`make status` shows what is applied, `make upgrade` changes it";
  if (status === 429) return "it is asked too often just now: try again in a minute";
  if (status < 500) return "compare the configuration with docs/configuration.md";
  return "try again later";
}

export const textOf = (value: unknown): string => (typeof value === "string" ? value : "");
