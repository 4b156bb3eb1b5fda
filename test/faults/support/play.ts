/** How is a request of the matrix played, and what did its client see? Many at a time, each with a deadline of its own. */
import { Connection } from "../../support/client.ts";
import type { Target } from "../../support/client.ts";
import { within } from "../../support/deadline.ts";
import { pathOf } from "./requests.ts";
import type { Kind } from "./requests.ts";

/** Nothing may hang: of all waits in the matrix none is near as long. */
const DEADLINE_MS = 60_000;

/** The status; or what became of the request, if there was no answer. */
export type Seen = number | string;

export async function ask(target: Target, api: string, kind: Kind): Promise<Seen> {
  let connection: Connection | undefined;
  try {
    connection = await Connection.open(target);
    const { method, body } = kind;
    const sent = connection.send({
      method,
      path: pathOf(api, kind),
      ...(method === "POST" && { body }),
    });
    void sent;
    const answer = await within("an answer", connection.readResponse(method), DEADLINE_MS);
    return answer.status;
  } catch (error) {
    return (error as Error).message;
  } finally {
    connection?.abort();
  }
}

/** Runs all of `tasks`, at most `limit` at a time, in their order. */
export async function inParallel(
  tasks: readonly (() => Promise<void>)[],
  limit: number,
): Promise<void> {
  const queue = tasks.values();
  const worker = async (): Promise<void> => {
    for (const task of queue) await task();
  };
  await Promise.all(Array.from({ length: limit }, worker));
}
