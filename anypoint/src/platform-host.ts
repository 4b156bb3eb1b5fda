/** Which Anypoint is meant? ANYPOINT_HOST, as the official CLI understands it. */
import { usageProblem } from "./problem.ts";

export const DEFAULT_HOST = "anypoint.mulesoft.com";
/** Of the official CLI's configuration; session.ts and the upload tell us. */
let configured: string | undefined;

export function setConfiguredHost(host: string): void {
  configured = host;
}

/** Host, or host:port. */
export const platformHost = (): string => process.env.ANYPOINT_HOST || configured || DEFAULT_HOST;

/** The CLI takes an empty ANYPOINT_HOST for the real platform: nobody who sets it empty means that. */
export function checkHost(): void {
  const host = process.env.ANYPOINT_HOST;
  if (host === undefined) return;
  if (/^(\[[0-9a-f:]+\]|[a-z0-9.-]+)(:\d{1,5})?$/i.test(host)) return;
  throw usageProblem(
    `ANYPOINT_HOST: "${host}" is not allowed; allowed: a host name, with :port if need be, without https://; ` +
      `unset it for ${DEFAULT_HOST}`,
  );
}
