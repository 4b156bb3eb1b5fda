/** Is a configuration right? By definition/gcl.yaml and RFC 8259, worked out apart from the policy. New parameters are known by themselves. */
import { readFileSync } from "node:fs";
import { isIPv6 } from "node:net";
import { join } from "node:path";
import { parse } from "yaml";

export interface Parameter {
  readonly type: "string" | "integer" | "boolean" | "array";
  readonly format?: string;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: Parameter;
  readonly maxItems?: number;
}

const DEFINITION = join(process.env.DEFINITION ?? "definition/gcl.yaml");
const DEEPEST = 16;

interface Definition {
  readonly spec: { readonly properties: Readonly<Record<string, Parameter>> };
}
export const PARAMETERS = (parse(readFileSync(DEFINITION, "utf8")) as Definition).spec.properties;

/** "any": readers differ about it, so that both answers are right. */
export type Judgement = "taken" | "refused" | "any";

export function judgeConfiguration(bytes: Uint8Array): Judgement {
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  const value = parsed(text);
  if (typeof value !== "object" || value === null || Array.isArray(value)) return "refused";
  if (depthOf(text) > DEEPEST) return "refused";
  const entries = topLevel(text);
  if (new Set(entries.map(([key]) => key)).size < entries.length) return "refused";
  if (!entries.some(([key, raw]) => key === "wallarm_node" && raw !== "null")) return "refused";
  // Two keys that are no UTF-8 may be the same or not, as decoders differ about how many characters they are.
  let judgement: Judgement = entries.some(([key]) => key.includes("\ufffd")) ? "any" : "taken";
  for (const [key, raw] of entries) {
    const parameter = Object.hasOwn(PARAMETERS, key) ? PARAMETERS[key] : undefined;
    const one = parameter === undefined || raw === "null" ? "taken" : judge(key, parameter, raw);
    if (one === "refused") return "refused";
    if (one === "any") judgement = "any";
  }
  return judgement;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function judge(key: string, parameter: Parameter, raw: string): Judgement {
  const is = (right: boolean): Judgement => (right ? "taken" : "refused");
  const value: unknown = JSON.parse(raw);
  switch (parameter.type) {
    case "boolean":
      return is(typeof value === "boolean");
    case "integer": {
      if (raw === "-0") return "any";
      const number = typeof value === "number" ? value : NaN;
      const inRange =
        number >= (parameter.minimum ?? 0) && number <= (parameter.maximum ?? 2 ** 31 - 1);
      return is(/^-?[0-9]+$/.test(raw) && inRange);
    }
    case "array":
      return "any";
    default:
      return is(typeof value === "string" && isText(key, parameter, value));
  }
}

function isText(key: string, parameter: Parameter, value: string): boolean {
  if (parameter.enum !== undefined) return parameter.enum.includes(value);
  if (parameter.format === "service") return isNodeUrl(value);
  return !key.endsWith("_header") || /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/.test(value);
}

export function isNodeUrl(url: string): boolean {
  const match = /^(https?|h2):\/\/([^/]*)(\/.*)?$/i.exec(url);
  if (match === null || url.includes("\n") || url.includes("\r")) return false;
  const [, , authority = "", path = ""] = match;
  const host = /^\[([^\]%]*)\](?::([0-9]{1,9}))?$/.exec(authority);
  const name = /^([A-Za-z0-9._-]{1,253})(?::([0-9]{1,9}))?$/.exec(authority);
  const port = Number((host ?? name)?.[2] ?? 80);
  const isHost = host !== null ? isIPv6(host[1]!) : name !== null;
  return isHost && port > 0 && port < 65_536 && /^[A-Za-z0-9/._~%!$&'()*+,;=:@-]*$/.test(path);
}

/** How deep arrays and objects are nested in JSON that is right. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const [token] of text.matchAll(TOKENS)) {
    if (token === "{" || token === "[") deepest = Math.max(deepest, ++depth);
    else if (token === "}" || token === "]") depth--;
  }
  return deepest;
}

const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s"{}[\],:]+/gs;

/** Keys of the outermost object with their values as written, in their order. */
function topLevel(text: string): [key: string, raw: string][] {
  const entries: [string, string][] = [];
  let depth = 0;
  let key: string | null = null;
  let raw = "";
  for (const [token] of text.matchAll(TOKENS)) {
    if (token === "}" || token === "]") depth--;
    const isOutside = depth === 1 && (token === "," || token === ":");
    if (depth === 0 || (depth === 1 && token === ",")) {
      if (key !== null) entries.push([key, raw]);
      key = null;
      raw = "";
    } else if (key === null) key = JSON.parse(token) as string;
    else if (!isOutside) raw += token;
    if (token === "{" || token === "[") depth++;
  }
  return entries;
}
