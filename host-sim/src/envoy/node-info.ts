/** Who is this gateway, which listener is this, and which route? What attributes tell beside the stream itself. */

/** A value of google.protobuf.Struct. */
export type Json =
  null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

export interface NodeInfo {
  readonly id: string;
  readonly cluster: string;
  readonly metadata: JsonObject;
  /** `listener_metadata.filter_metadata`. */
  readonly listenerMetadata: JsonObject;
  /** 0 unspecified, 1 inbound, 2 outbound. */
  readonly listenerDirection: number;
  readonly routeName: string;
  readonly routeMetadata: JsonObject;
  readonly virtualHostName: string;
  readonly clusterMetadata: JsonObject;
  /**
   * Envoy until 1.35, and Flex Gateway with it, tells `listener_metadata`, `cluster_name` and their like at the top
   * level too; from 1.36 on they are members of `xds` alone.
   */
  readonly legacyAttributes: boolean;
}

export const defaultNodeInfo: NodeInfo = {
  id: "host-sim",
  cluster: "host-sim",
  metadata: {},
  listenerMetadata: {},
  listenerDirection: 0,
  routeName: "",
  routeMetadata: {},
  virtualHostName: "all",
  clusterMetadata: {},
  legacyAttributes: false,
};

/** Who gives listener metadata plays Flex Gateway, whose filters look for it where Envoy 1.35 had it. */
export function nodeInfo(given: Partial<NodeInfo>): NodeInfo {
  const legacyAttributes = Object.keys(given.listenerMetadata ?? {}).length > 0;
  return { ...defaultNodeInfo, legacyAttributes, ...given };
}
