/** How do the faults that were asked for strike a call: before it does its work, after it, or on what it answers? */
import type { Next } from "hono";
import { isObject, type Call } from "../http/context.ts";
import type { Fault, FaultSet } from "./fault-set.ts";

export const misfortune =
  (faults: FaultSet) =>
  async (call: Call, next: Next): Promise<Response | undefined> => {
    const { method, path } = call.req;
    const late = faults.take("delay", method, path);
    if (late) await new Promise((resolve) => setTimeout(resolve, late.delayMs ?? 1000));
    if (faults.take("drop", method, path)) return cut(call);
    const broken = faults.take("status", method, path);
    if (broken) return refuse(broken);
    const struck = {
      drop: faults.take("done-drop", method, path),
      status: faults.take("done-status", method, path),
      short: faults.take("short-lists", method, path),
    };
    await next();
    if (struck.drop) call.res = cut(call);
    else if (struck.status) call.res = refuse(struck.status);
    else if (struck.short) call.res = await shortened(call.res, struck.short.most ?? 1);
    return undefined;
  };

function cut(call: Call): Response {
  call.env.incoming.socket.destroy();
  return call.body(null);
}

function refuse({ status = 500, message = "Internal Server Error" }: Fault): Response {
  return Response.json({ status, name: "InternalServerError", message }, { status });
}

async function shortened(response: Response, most: number): Promise<Response> {
  const json = await response.json();
  const short = (value: unknown): unknown => (Array.isArray(value) ? value.slice(0, most) : value);
  if (!isObject(json)) return Response.json(short(json));
  const fields = Object.entries(json).map(([key, value]) => [key, short(value)]);
  return Response.json({ ...Object.fromEntries(fields), total: null });
}
