/** What does the demo of publishing show? Each scene: a command, what is sent then, and what must come of it. */
import type { DemoRequest } from "../acts.ts";

export type ApiName = "orders" | "stock";

export interface Scene {
  readonly title: string;
  /** Of the Makefile; undefined where only a request is sent. */
  readonly command?: string;
  /** As `make` takes them; API names an API of ours. */
  readonly variables?: Readonly<Record<string, string>>;
  /** What package.json says by then. */
  readonly version?: string;
  /** What the command must tell: for people, and the line by which it is known. */
  readonly tells?: { readonly text: string; readonly line: RegExp };
  readonly request?: DemoRequest;
  /** Through which APIs the request goes, and whether it gets there. */
  readonly expected?: Partial<Readonly<Record<ApiName, "passed" | "blocked">>>;
}

const ordinary: DemoRequest = { method: "GET", path: "/orders/42" };
const attack: DemoRequest = { method: "GET", path: "/etc/passwd" };
const CONFIG = "policy.yaml";
const everywhere = { orders: "blocked", stock: "blocked" } as const;
const nowhere = { orders: "passed", stock: "passed" } as const;

export const scenes: readonly Scene[] = [
  {
    title: "Before: two APIs behind a Flex Gateway, an attack reaches both",
    request: attack,
    expected: nowhere,
  },
  {
    title: "Version 0.1.0 is published, which changes nothing yet",
    ...{ command: "release", version: "0.1.0" },
    tells: {
      text: "both assets are on Exchange",
      line: /Published: definition +\S*wallarm-custom-policy[ /]0\.1\.0/,
    },
    ...{ request: attack, expected: nowhere },
  },
  {
    title: "One API gets the policy",
    command: "apply",
    variables: { API: "orders", CONFIG },
    tells: {
      text: "orders has it, stock does not",
      line: /Applied: API \d+ \(orders\) in Sandbox has wallarm-custom-policy 0\.1\.0 now/,
    },
    ...{ request: attack, expected: { orders: "blocked", stock: "passed" } },
  },
  {
    title: "An ordinary request still gets through",
    ...{ request: ordinary, expected: nowhere },
  },
  {
    title: "All APIs of the environment get it",
    command: "automate",
    variables: { CONFIG },
    tells: {
      text: "it covers orders and stock",
      line: /APIs covered: \d+ \(orders\), \d+ \(stock\)/,
    },
    ...{ request: attack, expected: everywhere },
  },
  {
    title: "Who uses it? One API has its own too, which rests",
    command: "status",
    tells: {
      text: "orders has its own too",
      line: /API \d+ \(orders, Sandbox\) gets the policy once/,
    },
  },
  {
    title: "Version 0.2.0 is published",
    ...{ command: "release", version: "0.2.0" },
    tells: {
      text: "both assets are on Exchange",
      line: /Published: definition +\S*wallarm-custom-policy[ /]0\.2\.0/,
    },
  },
  {
    title: "Every use comes to it",
    command: "upgrade",
    tells: {
      text: "both uses have 0.2.0",
      line: /the automated policy of Sandbox has wallarm-custom-policy 0\.2\.0 now/,
    },
    ...{ request: attack, expected: everywhere },
  },
  {
    title: "After: the policy is removed, traffic flows untouched",
    command: "remove",
    variables: { ALL: "1" },
    tells: {
      text: "both uses are gone",
      line: /Removed: the automated policy wallarm-custom-policy 0\.2\.0/,
    },
    ...{ request: attack, expected: nowhere },
  },
];
