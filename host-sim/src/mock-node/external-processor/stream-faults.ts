/** Which faults strike a message of a stream: by the node's rules, and by a header of the request itself? */
import { ContractError } from "../contract/contract-error.ts";
import { FAULT_HEADER } from "../connector/call-answerer.ts";
import type { RequestFacts } from "../connector/request-memory.ts";
import type { Fault } from "../faults/fault.ts";
import type { FaultSet } from "../faults/fault-set.ts";
import { FaultError, readFaultHeader } from "../faults/read-faults.ts";

export interface StruckMessage {
  readonly type: "request" | "part" | "response";
  readonly id: string;
  readonly part: number;
}

export class StreamFaults {
  readonly #set: FaultSet;
  readonly #allowHeader: boolean;

  constructor(set: FaultSet, allowHeader: boolean) {
    this.#set = set;
    this.#allowHeader = allowHeader;
  }

  /** Throws a ContractError where the request's own header is wrong. */
  take({ type, id, part }: StruckMessage, facts: RequestFacts | undefined): Fault[] {
    const struck = this.#set.take({
      type,
      mode: facts?.request.mode,
      method: facts?.request.method,
      host: facts?.origin.host,
      path: facts?.request.path,
      id,
      part,
    });
    const header = facts?.request.headers.find(([name]) => name === FAULT_HEADER);
    if (!header || type === "response" || !this.#allowHeader) return struck;
    return [...struck, ...ownFaults(header[1], part)];
  }
}

function ownFaults(header: string, part: number): Fault[] {
  try {
    return readFaultHeader(header, part, "envoy-external-filter");
  } catch (error) {
    if (!(error instanceof FaultError)) throw error;
    throw new ContractError(400, `header ${FAULT_HEADER}: ${error.message}`);
  }
}
