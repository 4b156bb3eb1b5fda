/** What does Flex Gateway call the Envoy cluster of a service that a policy has registered? */
import { createHash } from "node:crypto";

const NAME_LENGTH = 47;
const DIGEST_LENGTH = 7;

/** `pluginName` is `policyName.policyNamespace.apiId`; the authority is as written in the URL. */
export function clusterName(pluginName: string, authority: string): string {
  const [policy, namespace = "NoPolicyNamespace"] = pluginName.split(".");
  const full = `${policy}-${authority}`;
  const readable = full.replace(/[^A-Za-z0-9]/g, "-").slice(0, NAME_LENGTH);
  const digest = createHash("sha256").update(full).digest("hex").slice(0, DIGEST_LENGTH);
  return `${readable}-${digest}-service.${namespace}.svc`;
}
