/** What does the demo show? Each act: what is sent, in which setting, and what must come of it. */
import type { PolicyConfig } from "./gateway.ts";

export interface DemoRequest {
  readonly method: string;
  readonly path: string;
  readonly body?: string;
}

/** What proves why the outcome is what it is. */
export type Evidence =
  | { readonly in: "journal"; readonly attack: string | undefined; readonly action: string }
  | { readonly in: "policy log"; readonly text: string };

export interface Act {
  readonly title: string;
  readonly config: PolicyConfig;
  readonly nodeIsUp: boolean;
  readonly request: DemoRequest;
  readonly expected: {
    readonly status: number;
    /** Whether the API gets the request. */
    readonly reachesApi: boolean;
    readonly requestId: boolean;
  };
  readonly evidence: Evidence;
}

const ordinary: DemoRequest = { method: "GET", path: "/orders/42" };
const pathTraversal: DemoRequest = { method: "GET", path: "/etc/passwd" };
const sqlInjection: DemoRequest = {
  method: "POST",
  path: "/orders",
  body: JSON.stringify({ customer: "x' UNION SELECT password FROM users --", amount: 1 }),
};

const passed = { status: 200, reachesApi: true, requestId: false };
const blocked = { status: 403, reachesApi: false, requestId: true };

/** The attacks that a node which has come back is shown again, for its page. */
export const attacks: readonly DemoRequest[] = [pathTraversal, sqlInjection];

export const acts: readonly Act[] = [
  {
    title: "An ordinary request",
    config: {},
    nodeIsUp: true,
    request: ordinary,
    expected: passed,
    evidence: { in: "journal", attack: undefined, action: "pass" },
  },
  {
    title: "A path traversal",
    config: {},
    nodeIsUp: true,
    request: pathTraversal,
    expected: blocked,
    evidence: { in: "journal", attack: "ptrav", action: "block" },
  },
  {
    title: "An SQL injection in a JSON body",
    config: {},
    nodeIsUp: true,
    request: sqlInjection,
    expected: blocked,
    evidence: { in: "journal", attack: "sqli", action: "block" },
  },
  {
    title: "The same in async mode: not held, yet in the node's journal",
    config: { wallarm_mode: "async" },
    nodeIsUp: true,
    request: sqlInjection,
    expected: passed,
    evidence: { in: "journal", attack: "sqli", action: "pass" },
  },
  {
    title: "The same with the node gone, fallback_action: pass",
    config: { fallback_action: "pass" },
    nodeIsUp: false,
    request: sqlInjection,
    expected: passed,
    evidence: { in: "policy log", text: "let through by fallback_action: " },
  },
  {
    title: "The same with the node gone, fallback_action: block",
    config: { fallback_action: "block" },
    nodeIsUp: false,
    request: sqlInjection,
    expected: blocked,
    evidence: { in: "policy log", text: "blocked by fallback_action: " },
  },
  {
    title: "The same with the node back again",
    config: {},
    nodeIsUp: true,
    request: sqlInjection,
    expected: blocked,
    evidence: { in: "journal", attack: "sqli", action: "block" },
  },
];
