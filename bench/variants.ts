/** What is compared, and what does each variant tell its node? */
import { extAuthz, extProc, lua, noopWasm, policy } from "./gateway/filters.ts";
import type { Json } from "./gateway/filters.ts";

/** Servers of the node process; `dead`: nothing listens there. */
export type NodeServer = "connector" | "anyRequest" | "extProc" | "dead";

export interface Variant {
  readonly name: string;
  readonly node: NodeServer;
  /** The node is spoken to over HTTP/2. */
  readonly grpc: boolean;
  readonly filters: (modules: Modules) => readonly Json[];
  /** Messages about one request that the node must have got. */
  readonly tells: { readonly requests: 0 | 1; readonly responses: 0 | 1 };
  /** For readers. */
  readonly what: string;
}

export interface Modules {
  readonly policy: string;
  readonly noop: string;
}

export const BASELINE = "no filter";
export const REFERENCE = "ext_authz";

const NOTHING = { requests: 0, responses: 0 } as const;
const REQUEST = { requests: 1, responses: 0 } as const;
const BOTH = { requests: 1, responses: 1 } as const;

const ours = (
  name: string,
  node: NodeServer,
  tells: Variant["tells"],
  what: string,
  settings: Json,
): Variant => ({
  name: `policy, ${name}`,
  node,
  grpc: settings.node_protocol === "ext_proc",
  tells,
  what,
  filters: (modules) => [policy(modules.policy, settings)],
});

const GRPC = { node_protocol: "ext_proc" };

export const VARIANTS: readonly Variant[] = [
  { name: BASELINE, node: "dead", grpc: false, filters: () => [], tells: NOTHING, what: "nothing" },
  {
    name: "wasm that does nothing",
    node: "dead",
    grpc: false,
    filters: ({ noop }) => [noopWasm(noop)],
    tells: NOTHING,
    what: "nothing; it has the policy's callbacks",
  },
  {
    name: REFERENCE,
    node: "anyRequest",
    grpc: false,
    filters: () => [extAuthz()],
    tells: REQUEST,
    what: "the request: all headers, the whole body. Nothing of the response",
  },
  ours(
    "sync",
    "connector",
    BOTH,
    "request with all headers, addresses and the whole body; response with headers and 4 KB of body. All defaults",
    {},
  ),
  ours(
    "sync, no response bodies",
    "connector",
    BOTH,
    "the same without the response's body (parse_responses: false)",
    { parse_responses: false },
  ),
  ours("async", "connector", BOTH, "the same as sync; nobody waits for it", {
    wallarm_mode: "async",
  }),
  ours("node dead", "dead", NOTHING, "nothing; requests pass by fallback_action", {}),
  ours(
    "sync, ext_proc",
    "extProc",
    BOTH,
    "request and 4 KB of the response's body, message by message on one stream a request",
    GRPC,
  ),
  ours("async, ext_proc", "extProc", BOTH, "the same, observed only", {
    ...GRPC,
    wallarm_mode: "async",
  }),
  ours("node dead, ext_proc", "dead", NOTHING, "nothing", GRPC),
  {
    name: "ext_proc",
    node: "extProc",
    grpc: true,
    filters: () => [extProc()],
    tells: BOTH,
    what: "request and whole response, streamed, each message answered (the vendor's settings for Istio)",
  },
  {
    name: "Lua",
    node: "anyRequest",
    grpc: false,
    filters: () => [lua()],
    tells: REQUEST,
    what: "the request: all headers, the whole body. Nothing of the response",
  },
];
