/** What do the blocks `route_config` and `input_filters` say? */
import {
  wallarmModes,
  type InputFilter,
  type NodeConfig,
  type RouteConfig,
  type RouteLocation,
} from "./node-config.ts";
import { hostPattern } from "./read-connector.ts";
import { Allowed, type Parse, type Section } from "./section.ts";
import { integer, network, oneOf, regularExpression } from "./values.ts";

const application = integer(-1, 0x7fffffff);
const mode = oneOf(wallarmModes);

type Inherited = Pick<RouteConfig, "host" | "mode" | "application">;

export function readRoutes(section: Section): NodeConfig["routes"] {
  const general: Inherited = {
    host: undefined,
    mode: section.value("wallarm_mode", mode, "monitoring"),
    application: section.value("wallarm_application", application, -1),
  };
  const rows = section.sections("routes").flatMap((route) => readRoute(route, general));
  section.withoutEffect("wallarm_partner_client_uuid");
  section.warnUnknown();
  return { mode: general.mode, application: general.application, rows };
}

/** A route may hold routes: they take over what they do not say themselves. */
function readRoute(section: Section, outer: Inherited): RouteConfig[] {
  const inherited: Inherited = {
    host: section.value("host", hostPattern, outer.host),
    mode: section.value("wallarm_mode", mode, outer.mode),
    application: section.value("wallarm_application", application, outer.application),
  };
  const location = section.optional("route", routeLocation);
  const inner = section.sections("routes").flatMap((route) => readRoute(route, inherited));
  section.withoutEffect("wallarm_partner_client_uuid");
  section.warnUnknown();
  return [{ ...inherited, location, name: section.keyPath("").replace(/\.$/, "") }, ...inner];
}

/** `[ = | ~ | ~* | ^~ ]/location`, as in nginx, with or without a space behind the sign. */
const routeLocation: Parse<RouteLocation> = (value) => {
  const allowed = new Allowed("a path that begins with /, after = ^~ ~ ~* or nothing");
  const match = typeof value === "string" ? /^(=|\^~|~\*|~|)\s*(.+)$/s.exec(value) : null;
  if (match === null) return allowed;
  const [, sign, path = ""] = match;
  if (sign === "~" || sign === "~*") {
    const pattern = regularExpression(sign === "~*" ? "i" : "")(path);
    return pattern instanceof Allowed ? pattern : { kind: "regex", pattern };
  }
  if (!path.startsWith("/")) return allowed;
  return { kind: sign === "=" ? "exact" : sign === "^~" ? "strong prefix" : "prefix", path };
};

export function readInputFilters(section: Section): NodeConfig["inputFilters"] {
  const filters = {
    inspect: section.sections("inspect").map(readFilter),
    bypass: section.sections("bypass").map(readFilter),
  };
  section.warnUnknown();
  return filters;
}

function readFilter(section: Section): InputFilter {
  const pattern = regularExpression();
  const url = section.optional("url", pattern); // another name of path
  const path = section.optional("path", pattern) ?? url;
  const ipAddresses = section.list("ip_addresses", network);
  const headers = section
    .section("headers")
    .entries(pattern)
    .map(([name, value]) => [name.toLowerCase(), value] as const);
  // A filter without any would match every request: that of `bypass` would switch the inspection off.
  if (path === undefined && ipAddresses === undefined && headers.length === 0)
    throw section.errorOfAll("has no key by which it would filter");
  section.warnUnknown();
  return { path, ipAddresses, headers };
}
