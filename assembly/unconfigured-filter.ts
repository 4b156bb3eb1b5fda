// What happens to a request before the policy has taken a configuration? Hosts do not start then, but one that does must not
// let traffic through unjudged: it is answered 503.
import { FilterHeadersStatus, HttpContext } from "as-proxy-wasm";

const SERVICE_UNAVAILABLE: u32 = 503;

export class UnconfiguredFilter extends HttpContext {
  onRequestHeaders(headerCount: u32, endOfStream: bool): FilterHeadersStatus {
    this.sendLocalResponse(SERVICE_UNAVAILABLE, "wallarm_not_configured", null, null);
    return FilterHeadersStatus.StopIteration;
  }
}
