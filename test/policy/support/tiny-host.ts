/** What does the compiled policy do when it is called as a host would, request by request, with as little host as can be? */
import { readFileSync } from "node:fs";
import { pairs } from "../../as-proxy-wasm/support/sdk.ts";
import { FakeHost, type Guest } from "../../as-proxy-wasm/support/fake-host.ts";
import { POLICY_WASM } from "../../support/scene.ts";

const ROOT = 1;
const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");

export const readPolicyWasm = (): Uint8Array => readFileSync(POLICY_WASM);

type Callback = (...args: number[]) => number;
/** What the host holds for the callback that is running. */
interface Held {
  headers: string;
  body: string;
}

const REQUEST_HEADERS = 0;
const RESPONSE_HEADERS = 2;
const CALL_HEADERS = 6;
const REQUEST_BODY = 0;
const CALL_BODY = 4;
const CONFIGURATION = 7;
const BAD_ARGUMENT = 2;
const NOT_FOUND = 1;
/** The key of an id and its 16 bytes, in the body of a call. */
const ID = /\xa2id\xc4\x10[^]{16}/g;

/** One policy in one VM, and a node that answers each question as it is told to. */
export class TinyHost {
  readonly memory: WebAssembly.Memory;
  /** A request's header pairs, and its body; the node's answer gets the id out of what it was asked. */
  readonly request: Held = { headers: "", body: "" };
  readonly response: Held = { headers: latin1(pairs([":status", "200"])), body: "" };
  node: "pass" | "block" = "pass";
  now = 1_000_000_000_000n;
  private readonly host = new FakeHost();
  private readonly callbacks: Readonly<Record<string, Callback>>;
  private readonly answer: Held;
  private configuration = "";
  private asked: string | undefined;
  private token = 0;
  private nextContext = ROOT + 1;

  constructor(wasm: Uint8Array) {
    this.answer = { headers: latin1(pairs([":status", "200"], ["x-wallarm-node", "1"])), body: "" };
    this.answerHostcalls();
    const module = new WebAssembly.Module(new Uint8Array(wasm));
    const { exports } = new WebAssembly.Instance(module, this.host.imports());
    this.host.guest = { ...exports, __collect: () => {} } as unknown as Guest;
    this.memory = exports.memory as WebAssembly.Memory;
    this.callbacks = exports as Record<string, Callback>;
  }

  configure(configuration: object): boolean {
    this.configuration = JSON.stringify(configuration);
    this.call("proxy_on_context_create", ROOT, 0);
    this.call("proxy_on_vm_start", ROOT, 0);
    return this.call("proxy_on_configure", ROOT, this.configuration.length) === 1;
  }

  /** One request from begin to end. The names of the calls that let it go on or answered it. */
  serve(): readonly string[] {
    this.host.calls.length = 0;
    this.now += 1_000_000n;
    const id = this.begin();
    this.answerQuestion();
    this.call("proxy_on_response_headers", id, 1, 1);
    this.answerQuestion();
    this.call("proxy_on_done", id);
    this.call("proxy_on_delete", id);
    return this.outcome();
  }

  /** A request up to the end of its body, which the node leaves without an answer. Its context. */
  begin(): number {
    const id = this.nextContext++;
    const hasBody = this.request.body.length > 0;
    this.call("proxy_on_context_create", id, ROOT);
    this.call("proxy_on_request_headers", id, 1, hasBody ? 0 : 1);
    if (hasBody) this.call("proxy_on_request_body", id, this.request.body.length, 1);
    return id;
  }

  /** The names of the calls since `serve` that let a request go on, or answered it. */
  outcome(): readonly string[] {
    return this.host.calls.map(([name]) => name).filter((name) => /continue|local/.test(name));
  }

  tick(): void {
    this.call("proxy_on_tick", ROOT);
  }

  /** Lines that were logged during the last request. */
  lines(): string[] {
    return this.host.calls
      .filter(([name]) => name === "proxy_log")
      .map(([, , line]) => String(line));
  }

  private call(name: string, ...args: number[]): number {
    return this.callbacks[name]!(...args);
  }

  /** Answers the last call: a verdict for each id in it. */
  answerQuestion(): void {
    if (this.asked === undefined) return;
    const ids = new Set(this.asked.match(ID));
    const action = `\xa6action${String.fromCharCode(0xa0 + this.node.length)}${this.node}`;
    const header = String.fromCharCode(0xdc, ids.size >> 8, ids.size & 0xff);
    this.answer.body = header + [...ids].map((id) => `\x83${id}\xa4part\x00${action}`).join("");
    this.asked = undefined;
    this.call("proxy_on_http_call_response", ROOT, this.token, 2, this.answer.body.length, 0);
  }

  private answerHostcalls(): void {
    const { host } = this;
    host.answer("proxy_get_log_level", { results: [2] });
    host.answer("proxy_get_current_time_nanoseconds", () => ({ results: [this.now] }));
    host.answer("proxy_get_property", { status: NOT_FOUND });
    host.answer("proxy_define_metric", { results: [1] });
    host.answer("proxy_get_header_map_pairs", (map) => {
      if (map === REQUEST_HEADERS) return { results: [this.request.headers] };
      if (map === RESPONSE_HEADERS) return { results: [this.response.headers] };
      return map === CALL_HEADERS ? { results: [this.answer.headers] } : { status: BAD_ARGUMENT };
    });
    host.answer("proxy_get_buffer_bytes", (type, start, length) => {
      const from = Number(start);
      const all = { [REQUEST_BODY]: this.request, [CALL_BODY]: this.answer }[Number(type)]?.body;
      const text = type === CONFIGURATION ? this.configuration : all;
      if (text === undefined) return { status: BAD_ARGUMENT };
      return { results: [text.slice(from, from + Number(length))] };
    });
    host.answer("proxy_http_call", (_cluster, _headers, body) => {
      this.asked = String(body);
      return { results: [++this.token] };
    });
  }
}
