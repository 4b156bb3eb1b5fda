/** What do all routes need, and how do they read what came? */
import type { HttpBindings } from "@hono/node-server";
import type { Context, Hono } from "hono";
import type { Directory, Identity } from "../accounts/directory.ts";
import type { FaultSet } from "../faults/fault-set.ts";
import type { Store } from "../state/store.ts";
import { Refusal } from "./refusal.ts";

export type Environment = { Bindings: HttpBindings; Variables: { identity: Identity } };
export type Routes = Hono<Environment>;
export type Call = Context<Environment>;

export interface Platform {
  readonly store: Store;
  readonly directory: Directory;
  readonly faults: FaultSet;
  readonly clock: () => Date;
  /** How long an asynchronous publication stays running. */
  readonly publicationDelayMs: number;
  /** Version of the gateways that the APIs run on. */
  readonly gatewayVersion: string;
}

export type JsonObject = Record<string, unknown>;

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The body as an object; what is missing is an empty one, as for the platform's PATCH without a body. */
export async function readObject(call: Call): Promise<JsonObject> {
  const body = await readJson(call);
  if (!isObject(body)) throw bad("the body must be a JSON object");
  return body;
}

export async function readJson(call: Call): Promise<unknown> {
  const text = await call.req.text();
  if (text === "") return {};
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw bad("the body is not JSON");
  }
}

export const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

const bad = (message: string): Refusal =>
  new Refusal(400, message, { name: "BadRequestError", message });
