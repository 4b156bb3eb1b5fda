/** How does what was judged become entries of the journal? */
import type { Message } from "../contract/messages.ts";
import type { Attack } from "../detection/index.ts";
import { faultText, type Fault } from "../faults/fault.ts";
import type {
  Call,
  JournalAction,
  JournalBody,
  MessageEntry,
  NewEntry,
} from "../journal/entries.ts";
import type { Journal } from "../journal/journal.ts";
import type { JoinedRequest } from "./part-joiner.ts";
import type { RequestFacts } from "./request-memory.ts";

export interface Outcome {
  readonly message: Message;
  /** All parts so far; undefined for a response, and where there was no verdict. */
  readonly joined?: JoinedRequest | undefined;
  readonly facts: RequestFacts | undefined;
  readonly call: Call;
  readonly faults: readonly Fault[];
  readonly action: JournalAction;
  readonly why: string;
  readonly attacks: readonly Attack[];
}

/** So many attacks of one message are kept: a body made of attacks shall not push everything else out. */
const MAX_ATTACKS = 50;

export class Scribe {
  readonly #journal: Journal;
  readonly #bodyBytes: number;

  constructor(journal: Journal, bodyBytes: number) {
    this.#journal = journal;
    this.#bodyBytes = bodyBytes;
  }

  message(outcome: Outcome): void {
    const { facts, attacks } = outcome;
    this.#journal.addMessage(this.#entry(outcome));
    if (facts === undefined) return;
    for (const attack of attacks.slice(0, MAX_ATTACKS)) this.#attack(outcome, facts, attack);
  }

  #entry({ message, facts, call, faults, action, why, attacks }: Outcome): NewEntry<MessageEntry> {
    const request = facts?.request;
    const isResponse = message.type === "response";
    return {
      id: message.id,
      type: message.type,
      part: message.part,
      last: message.last,
      truncated: message.truncated,
      aborted: message.aborted,
      time: message.type === "part" ? (request?.time ?? 0) : message.time,
      client: facts?.origin.clientIp ?? "",
      host: facts?.origin.host ?? "",
      method: request?.method ?? "",
      path: request?.path ?? "",
      scheme: request?.scheme ?? "",
      rawScheme: request?.rawScheme,
      rawMethod: request?.rawMethod,
      protocol: request?.protocol ?? "",
      connectorMode: request?.mode ?? "",
      status: isResponse ? message.status : undefined,
      duration: isResponse ? message.duration : undefined,
      headers: message.type === "part" ? [] : message.headers,
      trailers: message.trailers,
      body: this.#body(message.body),
      bodySize: message.bodySize,
      api: request?.api,
      call,
      action,
      why,
      mode: facts?.route.mode,
      application: facts?.route.application,
      route: facts?.route.name,
      attacks: [...new Set(attacks.map(({ type }) => type))],
      faults: faults.map(faultText),
    };
  }

  #attack(outcome: Outcome, { request, origin, route }: RequestFacts, attack: Attack): void {
    const { message, action, why } = outcome;
    this.#journal.addAttack({
      id: message.id,
      part: message.type === "response" ? 0 : message.part,
      client: origin.clientIp,
      host: origin.host,
      method: request.method,
      path: request.path,
      protocol: request.protocol,
      connectorMode: request.mode,
      type: attack.type,
      rule: attack.rule,
      point: attack.point.slice(0, 500),
      value: attack.value.slice(0, 2000),
      match: attack.match.slice(0, 2000),
      explanation: attack.explanation.slice(0, 2000),
      action,
      why,
      mode: route.mode,
      application: route.application,
    });
  }

  #body(body: Uint8Array): JournalBody {
    const kept = body.subarray(0, this.#bodyBytes);
    return {
      bytes: body.length,
      base64: Buffer.from(kept).toString("base64"),
      cut: kept.length < body.length,
    };
  }
}
