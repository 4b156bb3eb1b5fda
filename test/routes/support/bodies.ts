/** Which bodies are sent through each route, and how? */
import { setTimeout as sleep } from "node:timers/promises";
import { chunk, type Connection, type RequestOptions } from "../../support/client.ts";
import { pattern } from "../../support/pattern.ts";

export interface BodyKind {
  readonly title: string;
  readonly size: number;
  /** Whether its length is declared. */
  readonly declared: boolean;
  /** Bytes of each piece, and how long the client waits behind the first one, milliseconds. */
  readonly piece?: number;
  readonly pause?: number;
}

/** Longer than the policy takes a body without a length for one that comes at once. */
const PAUSE_MS = 1_300;

export const bodyKinds: readonly BodyKind[] = [
  { title: "10 bytes", size: 10, declared: true },
  { title: "20 KB", size: 20_000, declared: true },
  { title: "20 KB in chunks", size: 20_000, declared: false, piece: 3_000 },
  { title: "100 KB", size: 100_000, declared: true },
  { title: "1.5 MB", size: 1_500_000, declared: true },
  { title: "1.5 MB in chunks", size: 1_500_000, declared: false, piece: 50_000 },
  { title: "20 bytes that pause", size: 20, declared: true, piece: 11, pause: PAUSE_MS },
];

export async function send(
  connection: Connection,
  { size, declared, piece = size, pause = 0 }: BodyKind,
  options: RequestOptions,
): Promise<Buffer> {
  const body = pattern(size);
  const framing: [string, string] = declared
    ? ["content-length", `${size}`]
    : ["transfer-encoding", "chunked"];
  const headers = [...(options.headers ?? []), framing];
  await connection.write(connection.head({ ...options, method: "POST", headers }));
  for (let at = 0; at < size; at += piece) {
    const bytes = body.subarray(at, at + piece);
    await connection.write(declared ? bytes : chunk(bytes));
    if (at === 0 && pause > 0) await sleep(pause);
  }
  if (!declared) await connection.write("0\r\n\r\n");
  return body;
}
