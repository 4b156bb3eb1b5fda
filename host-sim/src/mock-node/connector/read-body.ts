/** What is the body of a call, if it is not too large? */
import type { IncomingMessage } from "node:http";
import { ContractError } from "../contract/contract-error.ts";

export interface BodyLimits {
  readonly callBytes: number;
  /** Of all calls that are being read, together. */
  readonly readingBytes: number;
}

export class BodyReader {
  readonly #limits: BodyLimits;
  #reading = 0;

  constructor(limits: BodyLimits) {
    this.#limits = limits;
  }

  /** Throws a ContractError when the body is too large (413), can't be held (503), or breaks off (400). */
  async read(request: IncomingMessage): Promise<Uint8Array> {
    const { callBytes } = this.#limits;
    if (Number(request.headers["content-length"] ?? 0) > callBytes) throw tooLarge(callBytes);
    const chunks: Buffer[] = [];
    let size = 0;
    try {
      // The request must survive a throw: its connection still has the answer to carry.
      const body: AsyncIterable<Buffer> = request.iterator({ destroyOnReturn: false });
      for await (const chunk of body) {
        size += chunk.length;
        this.#reading += chunk.length;
        if (size > callBytes) throw tooLarge(callBytes);
        if (this.#reading > this.#limits.readingBytes) throw tooMuchAtOnce();
        chunks.push(chunk);
      }
      return Buffer.concat(chunks, size);
    } catch (error) {
      if (error instanceof ContractError) throw error;
      const reason = `the body broke off after ${size} bytes`;
      throw new ContractError(400, reason, { errorType: "ReqBodyReading" });
    } finally {
      this.#reading -= size;
    }
  }
}

function tooLarge(limit: number): ContractError {
  const reason = `the call is larger than ${limit} bytes (mock.limits.call_bytes)`;
  return new ContractError(413, reason, { errorType: "ReqBodyReading" });
}

function tooMuchAtOnce(): ContractError {
  const reason = "too many bytes are being read at once (mock.limits.held_bytes)";
  return new ContractError(503, reason, { errorType: "DroppedOnOverload" });
}
