/** What can attributes be read from? Of a context that is no stream, only the gateway and the plugin. */
import type { HeaderMap } from "../header-map.ts";
import { defaultNodeInfo, type NodeInfo } from "../node-info.ts";
import type { StreamInfo } from "../stream-info.ts";

export interface AttributeScope {
  readonly node: NodeInfo;
  /** `null`: no stream. */
  readonly info: StreamInfo | null;
  /** `null`: out of reach in this callback. */
  readonly requestHeaders: HeaderMap | null;
  readonly responseHeaders: HeaderMap | null;
  readonly responseTrailers: HeaderMap | null;
  readonly pluginName: string | null;
  readonly rootId: string;
  readonly vmId: string;
}

export const noStream: AttributeScope = {
  node: defaultNodeInfo,
  info: null,
  requestHeaders: null,
  responseHeaders: null,
  responseTrailers: null,
  pluginName: null,
  rootId: "",
  vmId: "",
};
