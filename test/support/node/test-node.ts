/**
 * What does every node of these tests know and do, whatever it speaks? It keeps what it was told, as messages in the form of
 * docs/node-protocol.md, and answers as the test says and when the test says.
 */
import { eventually } from "../deadline.ts";
import type { Headers } from "../http1-reader.ts";
import type { Message } from "./messages.ts";
import { pass } from "./replies.ts";
import type { Reply } from "./replies.ts";

export interface Call {
  /** Order of arrival, from 0. */
  readonly order: number;
  /** `performance.now()` at which its last byte had come. */
  readonly time: number;
  /** Over HTTP: of the call itself. */
  readonly requestLine: string;
  readonly headers: Headers;
  readonly messages: readonly Message[];
  /** What the contract forbids and was there. */
  readonly fault?: string;
  /** Set when the answer has been written, or nothing will be. */
  answered: boolean;
}

export type AnswerCall = (messages: readonly Message[], call: Call) => Reply | Promise<Reply>;

/** What was told of one request in all its parts. */
export type Whole = Message & { readonly body: Buffer };

export abstract class TestNode {
  readonly calls: Call[] = [];
  /** Calls by which the policy finds out whether the node lives and judges. */
  readonly probes: Call[] = [];
  protected answer: AnswerCall = pass;
  /** What the test says of probes, if anything. */
  protected saidOfProbes: AnswerCall | undefined;

  /** As `wallarm_node` has it. */
  abstract get url(): string;
  abstract get authority(): string;
  abstract listen(): Promise<void>;
  /** From now on connections are refused; `listen` takes the same port again. */
  abstract refuse(): Promise<void>;
  abstract stop(): Promise<void>;

  get messages(): Message[] {
    return this.calls.flatMap((call) => call.messages);
  }

  /** Messages of requests and their later parts. */
  get requests(): Message[] {
    return this.messages.filter((each) => each.type !== "response");
  }

  get responses(): Message[] {
    return this.messages.filter((each) => each.type === "response");
  }

  /** Calls that wait for their answer. */
  get waiting(): Call[] {
    return this.calls.filter((call) => !call.answered);
  }

  /** By default everything passes. */
  answerWith(answer: AnswerCall): void {
    this.answer = answer;
  }

  /** What probes get; by default the same as all else. */
  answerProbesWith(answer: AnswerCall): void {
    this.saidOfProbes = answer;
  }

  protected get answerToProbes(): AnswerCall {
    return this.saidOfProbes ?? this.answer;
  }

  reset(): void {
    this.calls.length = 0;
    this.probes.length = 0;
    this.answer = pass;
    this.saidOfProbes = undefined;
  }

  /** The request message whose path is `path`, when it comes. */
  async request(path: string): Promise<Message> {
    return eventually(`the node is asked about ${path}`, () =>
      this.requests.find((each) => each.path === path),
    );
  }

  /** All parts of one request, in order of part. */
  partsOf(id: string): Message[] {
    const parts = this.requests.filter((each) => each.id === id);
    return parts.sort((a, b) => a.part - b.part);
  }

  /** The request to `path` with all its parts in one, when its last has come. */
  async whole(path: string): Promise<Whole> {
    const first = await this.request(path);
    const parts = await eventually(`the last part of ${path}`, () => {
      const all = this.partsOf(first.id);
      return all.at(-1)?.last === true && all.length === all.at(-1).part + 1 && all;
    });
    const { last, trailers, bodySize, truncated } = parts.at(-1);
    const body = Buffer.concat(parts.map((each) => each.body ?? Buffer.alloc(0)));
    return { ...first, last, trailers, bodySize, truncated, body };
  }

  /** Response message of the request with this id, when it comes. */
  async responseTo(id: string): Promise<Message> {
    return eventually(`the node is told the response to ${id}`, () =>
      this.responses.find((each) => each.id === id),
    );
  }
}
