/**
 * Process: the node of all variants, so that none has a faster one. It lets everything go on: verdicts by id over our own
 * contract, an empty 200 for ext_authz and Lua, an answer to each message over ext_proc.
 */
import { judge } from "./connector-verdicts.ts";
import { newCounts, runPeer } from "./counts.ts";
import { process as processMessage } from "./ext-proc-answers.ts";
import { httpAnswer, serveHttp1 } from "./http1.ts";
import { serveGrpc } from "./http2.ts";

const counts = newCounts();

const NODE_HEADERS = ["x-wallarm-node: 0.0.0-bench", "content-type: application/msgpack"];
const connector = serveHttp1((head, body) => {
  // The policy asks so whether the node is alive.
  if (head.startsWith("GET ")) return httpAnswer(Buffer.alloc(0), NODE_HEADERS);
  counts.calls++;
  counts.bytes += head.length + body!.length;
  try {
    const { requests, responses, verdicts } = judge(body!);
    counts.requests += requests;
    counts.responses += responses;
    return httpAnswer(verdicts, NODE_HEADERS);
  } catch {
    counts.errors++;
    return httpAnswer(Buffer.alloc(0));
  }
}, true);

const YES = httpAnswer(Buffer.alloc(0));
const anyRequest = serveHttp1((head, _body, size) => {
  counts.calls++;
  counts.requests++;
  counts.bytes += head.length + size;
  return YES;
}, false);

function onMessage(message: Buffer): Buffer | undefined {
  counts.bytes += message.length;
  try {
    const { isRequest, isResponse, answer } = processMessage(message);
    if (isRequest) counts.requests++;
    if (isResponse) counts.responses++;
    return answer;
  } catch {
    counts.errors++;
    return undefined;
  }
}
const extProc = serveGrpc(onMessage, (headBytes) => {
  counts.calls++;
  counts.bytes += headBytes;
});

await runPeer({ connector, anyRequest, extProc }, counts);
