/** Which request was it that this part or response belongs to? Remembers the last requests, without their bodies. */
import type { RequestMessage } from "../contract/messages.ts";
import type { RequestOrigin } from "../decision/request-origin.ts";
import type { ChosenRoute } from "../decision/route-table.ts";

export interface RequestFacts {
  readonly request: Omit<RequestMessage, "body">;
  readonly origin: RequestOrigin;
  readonly route: ChosenRoute;
}

const MAX_REQUESTS = 20_000;
/** Headers of 20,000 requests may be many: what they weigh together is bounded too. */
const MAX_BYTES = 64 * 1024 * 1024;

export class RequestMemory {
  readonly #facts = new Map<string, { facts: RequestFacts; bytes: number }>(); // oldest first
  #bytes = 0;

  get(id: string): RequestFacts | undefined {
    return this.#facts.get(id)?.facts;
  }

  /** A part keeps its request young. */
  set(id: string, facts: RequestFacts): void {
    this.#drop(id);
    const { body: _, ...request } = facts.request as RequestMessage;
    const bytes = weight(request);
    this.#facts.set(id, { facts: { ...facts, request }, bytes });
    this.#bytes += bytes;
    for (const oldest of this.#facts.keys()) {
      if (this.#facts.size <= MAX_REQUESTS && this.#bytes <= MAX_BYTES) return;
      this.#drop(oldest);
    }
  }

  #drop(id: string): void {
    this.#bytes -= this.#facts.get(id)?.bytes ?? 0;
    this.#facts.delete(id);
  }
}

function weight({ headers, path }: Pick<RequestMessage, "headers" | "path">): number {
  return headers.reduce(
    (sum, [name, value]) => sum + name.length + value.length + 64,
    path.length + 512,
  );
}
