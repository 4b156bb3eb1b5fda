/** What does a client get that writes exactly these bytes? It reads until the gateway closes, or says that it will. */
import { Connection } from "../../support/client.ts";
import type { Response, Target } from "../../support/client.ts";
import { eventually, within } from "../../support/deadline.ts";
import { ConnectionEnded } from "../../support/http1-reader.ts";
import type { StrictUpstream } from "./strict-upstream.ts";

/** Behind each case: a request that ends the connection, so that its end is known without a wait. */
export const SENTINEL = "/the-sentinel";
const SENTINEL_BYTES = `GET ${SENTINEL} HTTP/1.1\r\nhost: sentinel\r\nconnection: close\r\n\r\n`;

/** Bytes, one char each; or a wait until so much of a body, or so many requests, have reached the API. */
export type Step = string | { readonly reached: number } | { readonly requests: number };

export interface RawCase {
  readonly name: string;
  /** Written one after the other. */
  readonly bytes: readonly Step[];
  /** Of the requests, where one is HEAD or CONNECT: its answer has no body. */
  readonly methods?: readonly string[];
  /** How the client ends: with the sentinel (so often), or by going away once so many answers have come. */
  readonly sentinels?: number;
  readonly leavesAfter?: number;
}

export interface Exchange {
  readonly statuses: readonly number[];
  /** Answers that the policy made. */
  readonly blocked: number;
  /** The connection broke before the last answer was whole. */
  readonly broken: boolean;
}

export async function exchange(
  target: Target,
  sent: RawCase,
  upstream: StrictUpstream,
): Promise<Exchange> {
  const connection = await Connection.open(target);
  const sentinels = sent.leavesAfter === undefined ? (sent.sentinels ?? 1) : 0;
  const pieces = [...sent.bytes, ...(sentinels > 0 ? [SENTINEL_BYTES.repeat(sentinels)] : [])];
  const answers: Response[] = [];
  const writing = writeAll(connection, pieces, upstream);
  try {
    if (sent.leavesAfter === 0) await writing;
    const reading = readAll(connection, sent, answers);
    const broken = await within(`the end of "${sent.name}"`, reading, 10_000);
    return {
      statuses: answers.map((each) => each.status),
      blocked: answers.filter((each) => each.header("x-wallarm-request-id") !== undefined).length,
      broken,
    };
  } finally {
    connection.abort();
    await writing;
  }
}

async function writeAll(
  connection: Connection,
  steps: readonly Step[],
  upstream: StrictUpstream,
): Promise<void> {
  for (const step of steps) {
    if (connection.socket.destroyed) return;
    if (typeof step === "string") {
      await connection.write(step);
      // A turn of the loop: the next piece is a packet of its own.
      if (steps.length > 2) await new Promise((resolve) => setImmediate(resolve));
    } else await eventually("it has gone on", () => hasReached(upstream, step));
  }
}

const hasReached = (upstream: StrictUpstream, step: Exclude<Step, string>): boolean =>
  "reached" in step
    ? upstream.bodyBytes >= step.reached
    : upstream.requests.length >= step.requests;

async function readAll(
  connection: Connection,
  { methods = [], leavesAfter = Infinity }: RawCase,
  answers: Response[],
): Promise<boolean> {
  try {
    while (answers.length < leavesAfter) {
      const method = methods[answers.length];
      // What follows the answer to CONNECT is the tunnel.
      const answer = await connection.readResponse(method === "CONNECT" ? "HEAD" : method);
      answers.push(answer);
      if (answer.header("connection")?.includes("close")) break;
    }
    return false;
  } catch (error) {
    if (!(error instanceof ConnectionEnded)) throw error;
    return connection.unread > 0 || answers.length === 0;
  }
}
