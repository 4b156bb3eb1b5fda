/** Where does an API listen, and where is a service? `protocol://host:port/path`, as the documentation has it. */
import { parseUpstreamUrl } from "../../gateway/upstream-address.ts";
import type { Field } from "../documents/field.ts";
import { shown } from "../documents/problems.ts";
import type { ApiAddress } from "./gateway-model.ts";

const NOWHERE: ApiAddress = { host: "", port: 0, basePath: "" };

export function readApiAddress(field: Field): ApiAddress {
  const text = field.text("an address such as http://0.0.0.0:8081/path");
  if (text === "") return NOWHERE;
  const [, scheme = "", bracketed, name, digits, path = ""] =
    /^([a-z0-9]+):\/\/(?:\[([^\]]+)\]|([^/:?#[\]@]+)):(\d{1,5})(\/[^?#]*)?$/i.exec(text) ?? [];
  const port = Number(digits);
  if (digits === undefined || port > 65_535) {
    field.error(
      `${shown(text)} must be protocol://host:port, with a path if wanted, for example http://0.0.0.0:8081/path`,
    );
    return NOWHERE;
  }
  if (scheme.toLowerCase() === "https") {
    field.error(`${shown(text)}: listening with TLS is not simulated; use http`);
  } else if (scheme.toLowerCase() !== "http") {
    field.error(`${shown(text)}: the protocol must be http`);
  }
  return { host: bracketed ?? name ?? "", port, basePath: path.replace(/\/+$/, "") };
}

/** An upstream's URL; "" if it is none. */
export function readServiceAddress(field: Field): string {
  const text = field.text("an address such as http://backend:8080");
  if (text === "") return "";
  try {
    parseUpstreamUrl(text, field.name);
    return text;
  } catch (error) {
    field.source.problems.error(field.place, (error as Error).message);
    return "";
  }
}

export function readDestinationPath(field: Field): string {
  const path = field.textOr("").replace(/\/+$/, "");
  if (path === "" || path.startsWith("/")) return path;
  field.error(`${shown(path)} must begin with "/"`);
  return "";
}
