/**
 * What can a policy ask of the Flex agent? The foreign functions of the Flex ABI 0.1.0: arguments are a JSON array of strings,
 * results raw bytes, and NotFound means that there is no value.
 */
import { Status } from "../wasm/abi.ts";
import type { AgentRequest } from "./agent-request.ts";
import { clusterName } from "./service-name.ts";

/** What the agent has learned, filled in while the policy runs. */
export interface Learned {
  readonly services: FlexService[];
  stopIteration: boolean;
  readonly logs: FlexLog[];
}

export interface FlexService {
  readonly name: string;
  readonly namespace: string;
  readonly uri: string;
  readonly cluster: string;
}

export interface FlexLog {
  readonly level: string;
  readonly message: string;
}

export interface Answer {
  readonly status: Status;
  readonly result: Uint8Array | null;
}

type FlexFunction = (args: string[], request: AgentRequest, learned: Learned) => Answer;

const DONE: Answer = { status: Status.Ok, result: null };
const NO_VALUE: Answer = { status: Status.NotFound, result: null };
const BAD_ARGUMENT: Answer = { status: Status.BadArgument, result: null };

const functions: Readonly<Record<string, FlexFunction>> = {
  flex_get_policy_configuration: (_args, request) => value(request.configuration),
  flex_get_policy_metadata: (_args, { policyName, namespace }) =>
    value(utf8(JSON.stringify({ policy_name: policyName, policy_namespace: namespace }))),
  flex_create_service: ([name, namespace, uri], _request, { services }) => {
    if (name === undefined || namespace === undefined || uri === undefined) return BAD_ARGUMENT;
    services.push({ name, namespace, uri, cluster: clusterName(name, namespace) });
    return DONE;
  },
  flex_enable_stop_iteration: (_args, request, learned) => {
    if (!knowsStopIteration(request.flexVersion)) return NO_VALUE;
    learned.stopIteration = true;
    return DONE;
  },
  flex_get_env: ([name], request) => {
    const found = name === undefined ? undefined : request.env.get(name);
    return found === undefined ? NO_VALUE : value(utf8(found));
  },
  flex_log: ([level, message], _request, { logs }) => {
    if (level === undefined || message === undefined) return BAD_ARGUMENT;
    logs.push({ level, message });
    return DONE;
  },
};

/** `null` if no function has this name. */
export function callFlexFunction(
  name: string,
  args: Uint8Array,
  request: AgentRequest,
  learned: Learned,
): Answer | null {
  if (!Object.hasOwn(functions, name)) return null;
  const parsed = parseArguments(args);
  return parsed === undefined ? BAD_ARGUMENT : functions[name]!(parsed, request, learned);
}

/** Flex Gateway has the function since 1.12. */
function knowsStopIteration(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > 1 || (major === 1 && minor >= 12);
}

function parseArguments(args: Uint8Array): string[] | undefined {
  if (args.length === 0) return [];
  try {
    const parsed: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(args));
    if (Array.isArray(parsed) && parsed.every((each) => typeof each === "string")) return parsed;
  } catch {
    // not JSON: a bad argument, below
  }
  return undefined;
}

function value(result: Uint8Array): Answer {
  return { status: Status.Ok, result };
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
