/** What does a worker thread do? It inspects one request after the other, and says when it began. */
import { inspect, type Attack } from "../detection/index.ts";
import type { Task } from "./task.ts";

export default function inspectTask({ request, base64Points, limits, begun }: Task): Attack[] {
  begun[0] = Date.now();
  return inspect(request, { base64Points, limits });
}
