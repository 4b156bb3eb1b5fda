/**
 * Which requests does a rule mean? Regular expressions on path, host, method and headers, each for the whole value, as
 * documented for `spec.rules`: all of one rule must hold, and one of several rules. A path's captured parts, joined, are
 * what goes to the upstream.
 */
import type { HeaderMap } from "../../envoy/header-map.ts";
import type { Field } from "./field.ts";
import { shown } from "./problems.ts";

export interface Rule {
  readonly path: RegExp | undefined;
  readonly host: RegExp | undefined;
  readonly methods: RegExp | undefined;
  readonly headers: readonly (readonly [name: string, value: RegExp])[];
}

export function readRules(field: Field): Rule[] {
  return field.items().map((rule) => {
    rule.onlyHas(["path", "host", "methods", "headers"]);
    const headers = rule.child("headers").entries();
    return {
      path: pattern(rule.child("path")),
      host: pattern(rule.child("host")),
      methods: pattern(rule.child("methods")),
      headers: headers.map((each) => [
        String(each.path.at(-1)).toLowerCase(),
        pattern(each) ?? /^/,
      ]),
    };
  });
}

/** A rule may be written as YAML reads it: `x-test: true` means the text. */
function pattern(field: Field): RegExp | undefined {
  const { value } = field;
  if (!field.exists) return undefined;
  if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") {
    field.wrongType("a regular expression");
    return undefined;
  }
  const text = String(value);
  // RE2, which Envoy uses, has neither.
  if (/\(\?<?[=!]/.test(text) || /\\[1-9]/.test(text)) {
    field.error(
      `${shown(text)}: Envoy's regular expressions (RE2) have no look-around and no back-references`,
    );
    return undefined;
  }
  try {
    const [, flags, rest] = /^(\(\?i\))?([^]*)$/.exec(text)!;
    return new RegExp(`^(?:${rest!})$`, flags === undefined ? "s" : "si");
  } catch (error) {
    const reason = (error as Error).message.replace(/^.*: /, "");
    field.error(`${shown(text)} is no regular expression: ${reason}`);
    return undefined;
  }
}

/** `path` without query, and without the API's base path. Without rules, every request. */
export function findRule(
  rules: readonly Rule[],
  headers: HeaderMap,
  path: string,
): Rule | undefined {
  if (rules.length === 0) return EVERY_REQUEST;
  return rules.find((rule) => holds(rule, headers, path));
}

const EVERY_REQUEST: Rule = { path: undefined, host: undefined, methods: undefined, headers: [] };

function holds(rule: Rule, headers: HeaderMap, path: string): boolean {
  const authority = headers.getFirst(":authority") ?? "";
  const hosts = [authority, authority.replace(/:\d+$/, "")];
  return (
    (rule.path?.test(path) ?? true) &&
    (rule.methods?.test(headers.getFirst(":method") ?? "") ?? true) &&
    (rule.host === undefined || hosts.some((host) => rule.host!.test(host))) &&
    rule.headers.every(([name, value]) => {
      const found = headers.get(name);
      return found !== undefined && value.test(found);
    })
  );
}

/** What of the path goes on: its captured parts if the rule has any, else all of it. */
export function capturedPath(rule: Rule, path: string): string {
  const match = rule.path?.exec(path);
  if (match === null || match === undefined || match.length === 1) return path;
  return match.slice(1).join("");
}
