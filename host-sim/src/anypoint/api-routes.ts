/** Which calls does the platform answer, in which order are they checked, and what is said when something is wrong? */
import { Hono, type Next } from "hono";
import { bodyLimit } from "hono/body-limit";
import { addAccounts, addLogin } from "./accounts/routes.ts";
import { addApis } from "./api-manager/api-routes.ts";
import { addAutomatedPolicies } from "./api-manager/automated-routes.ts";
import { addDeployments } from "./api-manager/deployment-routes.ts";
import type { Manager } from "./api-manager/manager.ts";
import { addPolicies } from "./api-manager/policy-routes.ts";
import { addTemplates } from "./api-manager/template-routes.ts";
import { addUpstreams } from "./api-manager/upstream-routes.ts";
import { addCopying } from "./exchange/copy-routes.ts";
import type { Exchange } from "./exchange/exchange.ts";
import { addPortal } from "./exchange/portal-routes.ts";
import { addExchange, addOpenExchange } from "./exchange/routes.ts";
import { misfortune } from "./faults/misfortune.ts";
import type { Call, Environment, Platform, Routes } from "./http/context.ts";
import { Refusal } from "./http/refusal.ts";

/** The official CLI sends at most this much. */
const MAX_BODY = 200 * 1024 * 1024;

export function platformRoutes(platform: Platform, exchange: Exchange, manager: Manager): Routes {
  const routes: Routes = new Hono<Environment>();
  routes.use(misfortune(platform.faults));
  const onError = (call: Call): Response => call.json({ status: 413, message: "Too large" }, 413);
  routes.use(bodyLimit({ maxSize: MAX_BODY, onError }));
  addLogin(routes, platform);
  addOpenExchange(routes, exchange);
  routes.use(authentication(platform));
  addAccounts(routes, platform);
  addExchange(routes, exchange);
  addPortal(routes, exchange);
  addCopying(routes, exchange);
  addApis(routes, manager);
  addUpstreams(routes, manager);
  addPolicies(routes, manager);
  addAutomatedPolicies(routes, manager);
  addDeployments(routes, manager);
  addTemplates(routes, manager);
  routes.notFound((call) =>
    call.json(
      { name: "NotFoundError", message: `No such resource: ${call.req.method} ${call.req.path}` },
      404,
    ),
  );
  routes.onError(toResponse);
  return routes;
}

const authentication =
  ({ directory }: Platform) =>
  async (call: Call, next: Next): Promise<Response | undefined> => {
    const [, token = ""] = /^bearer (.+)$/i.exec(call.req.header("authorization") ?? "") ?? [];
    const identity = directory.whoHas(token);
    if (!identity) return call.json({ status: 401, message: "Unauthorized" }, 401);
    call.set("identity", identity);
    await next();
    return undefined;
  };

function toResponse(error: Error, call: Call): Response {
  if (error instanceof Refusal) return Response.json(error.body, { status: error.status });
  const message = `The stand-in failed: ${error.message}`;
  return call.json({ status: 500, name: "InternalServerError", message }, 500);
}
