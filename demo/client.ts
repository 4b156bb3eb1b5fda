/** What does a client of the demo get for a request? The path is sent as written, which `fetch` would not do. */
import { request as httpRequest, type IncomingMessage } from "node:http";
import type { DemoRequest } from "./acts.ts";

export interface DemoAnswer {
  readonly status: number;
  /** By which the decision is found in the policy's log and in the node's journal; empty if the answer has none. */
  readonly requestId: string;
}

const DEADLINE_MS = 10_000;

export async function send(gateway: string, request: DemoRequest): Promise<DemoAnswer> {
  const { hostname, port } = new URL(gateway);
  const { method, path, body } = request;
  const headers = body === undefined ? {} : { "content-type": "application/json" };
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const options = { hostname, port, method, path, headers, agent: false };
    const sent = httpRequest(options, resolve);
    sent.setTimeout(DEADLINE_MS, () => sent.destroy(new Error(`no answer to ${method} ${path}`)));
    sent.on("error", reject).end(body);
  });
  await answer.resume().toArray();
  const requestId = answer.headers["x-wallarm-request-id"];
  return { status: answer.statusCode ?? 0, requestId: String(requestId ?? "") };
}
