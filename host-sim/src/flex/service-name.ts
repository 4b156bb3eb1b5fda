/**
 * Under which name does Flex Gateway reach a service that a policy asked for? The agent turns the service into a cluster
 * `{service}.{namespace}.svc`, and policies derive `{service}` from their own name and the service's authority.
 */
import { createHash } from "node:crypto";

const READABLE_LENGTH = 47;
const HASH_LENGTH = 7;

/** `authority` is that of the URL as written: with user info and port. */
export function serviceName(policyName: string, authority: string): string {
  const full = `${policyName}-${authority}`;
  const readable = full.replace(/[^A-Za-z0-9]/gu, "-").slice(0, READABLE_LENGTH);
  const hash = createHash("sha256").update(full, "utf8").digest("hex").slice(0, HASH_LENGTH);
  return `${readable}-${hash}-service`;
}

export function clusterName(service: string, namespace: string): string {
  return `${service}.${namespace}.svc`;
}

/** The authority of a URL, not normalized: the name is made from what was written. */
export function authorityOf(uri: string): string {
  return /^[A-Za-z][A-Za-z0-9+.-]*:\/\/([^/?#]*)/.exec(uri)?.[1] ?? uri;
}
