/** Process: the API behind the gateway. A path that begins with /large is answered with 16 KB, any other with a few bytes. */
import { newCounts, runPeer } from "./counts.ts";
import { httpAnswer, serveHttp1 } from "./http1.ts";

const JSON_TYPE = ["content-type: application/json"];
const small = httpAnswer(Buffer.from('{"order":42,"state":"sent"}'), JSON_TYPE);
const large = httpAnswer(Buffer.from(`{"orders":"${"x".repeat(16_384 - 13)}"}`), JSON_TYPE);

const counts = newCounts();
const http1 = serveHttp1((head, _body, size) => {
  counts.calls++;
  counts.requests++;
  counts.bytes += size;
  return head.includes(" /large") ? large : small;
}, false);

await runPeer({ http1 }, counts);
