/** What is answered to each message of a call? A batch is refused message by message, any other call as a whole. */
import type { NodeConfig } from "../config/node-config.ts";
import { ContractError, malformed } from "../contract/contract-error.ts";
import type { CallItem, ReadMessage } from "../contract/decode.ts";
import type { Answer, Message, PartMessage, ProbeMessage } from "../contract/messages.ts";
import { dropsUnread } from "../faults/deliver.ts";
import type { Fault } from "../faults/fault.ts";
import type { FaultSet } from "../faults/fault-set.ts";
import { FaultError, readFaultHeader } from "../faults/read-faults.ts";
import type { Call } from "../journal/entries.ts";
import type { NodeMetrics } from "../metrics/metrics.ts";
import type { Judge } from "./judge.ts";
import { PartTurns } from "./part-turns.ts";

/** Names the faults of one request, among the headers of the inspected request itself. */
export const FAULT_HEADER = "x-mock-node-fault";

export interface Answers {
  readonly answers: readonly Answer[];
  readonly faults: readonly Fault[];
}

interface Judged {
  readonly answer?: Answer | undefined;
  readonly struck: readonly Fault[];
}

/** How a message came: in which call, and what of it must be in the journal first. */
interface Came {
  readonly call: Call;
  readonly earlier: Promise<unknown>;
  readonly signal: AbortSignal;
}

export interface AnswererParts {
  readonly config: NodeConfig;
  readonly metrics: NodeMetrics;
  readonly judge: Judge;
  readonly faults: FaultSet;
}

export class CallAnswerer {
  readonly #parts: AnswererParts;
  readonly #turns = new PartTurns();

  constructor(parts: AnswererParts) {
    this.#parts = parts;
  }

  /** Rejects with a ContractError where the call as a whole is refused. */
  async answer(items: readonly CallItem[], call: Call, signal: AbortSignal): Promise<Answers> {
    const whole = items.length === 1 || isOneSyncRequest(items);
    let earlier: Promise<unknown> = Promise.resolve();
    const judging = items.map((item) => {
      const waits = this.#lackOf(item) !== undefined;
      const judged = this.#item(item, { call, earlier, signal }, items, whole);
      // Behind one that waits for another call nobody waits: that call may wait for one of these.
      if (!waits) earlier = Promise.allSettled([earlier, judged]);
      return judged;
    });
    const judged = await Promise.all(judging);
    return {
      answers: judged.flatMap(({ answer }) => answer ?? []),
      faults: judged.flatMap(({ struck }) => struck),
    };
  }

  /** Its error is the call's where that is about one request alone. */
  async #item(
    item: CallItem,
    came: Came,
    items: readonly CallItem[],
    whole: boolean,
  ): Promise<Judged> {
    try {
      if ("refused" in item) throw item.refused;
      if (!whole) checkMayShare(item.message, items.length);
      return await this.#message(item, came);
    } catch (error) {
      if (whole || !(error instanceof ContractError)) throw error;
      this.#count(error);
      return { answer: refusal(item, error), struck: [] };
    }
  }

  /** Joins the message to its request before it returns: those behind it in the call find it there. */
  #message(read: ReadMessage, came: Came): Promise<Judged> {
    const { message, digest } = read;
    if (message.type === "probe") return this.#probe(message, came.signal);
    const { judge, metrics } = this.#parts;
    const lacks = this.#lackOf(read);
    if (message.type === "part" && message.mode === "sync" && lacks !== undefined) {
      return Promise.resolve({ answer: { id: message.id, part: message.part, lacks }, struck: [] });
    }
    if (!judge.remembers(message, digest)) {
      metrics.seen(message.type === "response" ? "response" : "request");
    }
    return message.type === "part" && lacks !== undefined
      ? this.#whenItsTurn(read, message, came)
      : this.#inTurn(read, message, came);
  }

  /** In a batch the parts behind one that has to wait don't wait with it: it may be for one of them. */
  async #whenItsTurn(read: ReadMessage, part: PartMessage, came: Came): Promise<Judged> {
    const { judge, config } = this.#parts;
    const { partWait } = config.mock.limits;
    await this.#turns.wait(part.id, () => judge.lackOf(part) === undefined, partWait);
    const lacks = judge.lackOf(part);
    return lacks === undefined ? this.#inTurn(read, part, came) : this.#lacking(part, lacks, came);
  }

  #inTurn(read: ReadMessage, message: Message, came: Came): Promise<Judged> {
    const judged = this.#judged(read, message, came);
    this.#turns.joined(message.id);
    return judged;
  }

  #lacking(message: PartMessage, lacks: number, { call }: Came): Judged {
    const { judge, metrics } = this.#parts;
    const { id, part } = message;
    metrics.error("MsgDataFormat");
    judge.refused({ message, call, faults: [] }, `part ${part} came without part ${lacks}`);
    return { answer: { id, part, lacks }, struck: [] };
  }

  async #judged({ digest }: ReadMessage, message: Message, came: Came): Promise<Judged> {
    const { judge } = this.#parts;
    const { call, earlier, signal } = came;
    const { struck, wrong } = this.#struck(message);
    const dropped = dropsUnread(struck);
    if (dropped || wrong) {
      const why = wrong ?? `the connection was cut unread: ${dropped?.name}=begin`;
      judge.refused({ message, call, faults: struck }, why);
      const isAnswered = wrong !== undefined && message.type !== "response";
      return { answer: isAnswered ? { id: message.id, error: wrong } : undefined, struck };
    }
    return {
      answer: await judge.judge({ message, digest, call, faults: struck, earlier, signal }),
      struck,
    };
  }

  async #probe(probe: ProbeMessage, signal: AbortSignal): Promise<Judged> {
    const { judge, faults } = this.#parts;
    const { mode, method, path, id } = probe;
    const struck = faults.take({ type: "probe", mode, method, path, id, part: 0 });
    return { answer: dropsUnread(struck) ? undefined : await judge.probe(probe, signal), struck };
  }

  #struck(message: Message): { struck: Fault[]; wrong?: string } {
    const { judge, config } = this.#parts;
    const facts = judge.factsOf(message);
    const part = message.type === "response" ? 0 : message.part;
    const struck = this.#parts.faults.take({
      type: message.type,
      mode: facts?.request.mode,
      method: facts?.request.method,
      host: facts?.origin.host,
      path: facts?.request.path,
      id: message.id,
      part,
    });
    const header = facts?.request.headers.find(([name]) => name.toLowerCase() === FAULT_HEADER);
    if (!header || message.type === "response" || !config.mock.allowRequestFaults)
      return { struck };
    try {
      return { struck: [...struck, ...readFaultHeader(header[1], part, config.mode)] };
    } catch (error) {
      if (!(error instanceof FaultError)) throw error;
      return { struck, wrong: `header ${FAULT_HEADER}: ${error.message}` };
    }
  }

  #lackOf(item: CallItem): number | undefined {
    if ("refused" in item || item.message.type !== "part") return undefined;
    return this.#parts.judge.lackOf(item.message);
  }

  #count({ errorType, rejected }: ContractError): void {
    if (errorType) this.#parts.metrics.error(errorType);
    if (rejected) this.#parts.metrics.rejected(rejected);
  }
}

/** All parts of a request that waits, which one node alone may not have had. */
function isOneSyncRequest(items: readonly CallItem[]): boolean {
  const [first] = items;
  if (first === undefined || "refused" in first) return false;
  const { message } = first;
  if (message.type !== "request" || message.mode !== "sync") return false;
  return items
    .slice(1)
    .every((item) =>
      "refused" in item
        ? item.id === message.id
        : item.message.type === "part" && item.message.id === message.id,
    );
}

/** What waits for its verdict is alone in its call. */
function checkMayShare(message: Message | ProbeMessage, count: number): void {
  const isSync = message.type !== "response" && message.mode === "sync";
  const waits = message.type === "probe" ? 'a call with type "probe"' : 'a call with mode "sync"';
  if (!isSync && message.type !== "probe") return;
  throw malformed("MsgDataFormat", `${waits} must hold one message, not ${count}`);
}

function refusal(item: CallItem, { message: error }: ContractError): Answer | undefined {
  if ("refused" in item) return item.id === undefined ? undefined : { ...idOf(item), error };
  const { message } = item;
  if (message.type === "response") return undefined;
  return { id: message.id, part: message.part, error };
}

function idOf({ id = "", part }: { id: string | undefined; part: number | undefined }): {
  id: string;
  part?: number;
} {
  return part === undefined ? { id } : { id, part };
}
