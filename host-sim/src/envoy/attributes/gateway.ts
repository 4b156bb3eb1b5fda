/** Attributes of the gateway's configuration: node, listener, route, cluster; each also as a member of `xds`. */
import type { AttributeScope } from "./scope.ts";
import { metadataMessage, nodeMessage } from "./protobuf.ts";
import { int, text, wrapper, type Value } from "./value.ts";

const members: Readonly<Record<string, (scope: AttributeScope) => Value | undefined>> = {
  node: ({ node }) => nodeMessage(node),
  cluster_name: ({ info }) =>
    info?.clusterName === undefined ? undefined : text(info.clusterName),
  cluster_metadata: ({ info, node }) =>
    info?.clusterName === undefined ? undefined : metadataMessage(node.clusterMetadata),
  route_name: ({ info, node }) => (info === null ? undefined : text(node.routeName)),
  route_metadata: ({ info, node }) =>
    info === null ? undefined : metadataMessage(node.routeMetadata),
  listener_metadata: ({ node }) => metadataMessage(node.listenerMetadata),
  listener_direction: ({ node }) => int(node.listenerDirection),
};

const xdsOnly: typeof members = {
  // A message that is null can't be serialized; there is none as long as no host was chosen.
  upstream_host_metadata: ({ info }) =>
    (info?.attempts ?? 0n) > 0n ? { kind: "null" } : undefined,
  virtual_host_name: ({ node }) => text(node.virtualHostName),
  filter_chain_name: () => text(""),
};

/** By the name at the top, as Envoy had them until 1.35. */
export function gatewayValue(scope: AttributeScope, name: string): Value | undefined {
  if (!scope.node.legacyAttributes) return undefined;
  return Object.hasOwn(members, name) ? members[name]?.(scope) : undefined;
}

/** Without a stream it has `node` alone. */
export function xdsValue(scope: AttributeScope): Value {
  if (scope.info === null) return wrapper({ node: () => nodeMessage(scope.node) });
  const all = { ...members, ...xdsOnly };
  return wrapper(
    Object.fromEntries(Object.entries(all).map(([name, find]) => [name, () => find(scope)])),
  );
}
