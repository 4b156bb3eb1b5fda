/** Which policy, and for which API? Flex Gateway names a plugin `policyName.policyNamespace.apiId`. */

export interface PolicyIdentity {
  readonly policyName: string;
  readonly policyNamespace: string;
  readonly apiId: string; // may hold dots itself
}

/** `undefined` if the name was not given by Flex Gateway. */
export function parsePluginName(pluginName: string): PolicyIdentity | undefined {
  const [, policyName, policyNamespace, apiId] = /^([^.]+)\.([^.]+)\.(.+)$/s.exec(pluginName) ?? [];
  if (policyName === undefined || policyNamespace === undefined || apiId === undefined) return;
  return { policyName, policyNamespace, apiId };
}
