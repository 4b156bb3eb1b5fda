/** Where else does a request go while it goes to its upstream? Copies, whose answers nobody reads (Envoy: request_mirror_policies). */
import { appendForwarded, machineAddress } from "../client-address.ts";
import { HeaderMap } from "../header-map.ts";
import type { Cluster, UpstreamRequest } from "../http.ts";
import type { RouteTable } from "../route.ts";
import type { RoutePolicies } from "./route-policies.ts";

const ignore = (): void => {};

export class Mirrors {
  private readonly requests = new Set<UpstreamRequest>();

  open(
    policies: RoutePolicies["requestMirrorPolicies"],
    clusters: Pick<RouteTable, "cluster">,
    headers: HeaderMap,
    endStream: boolean,
  ): void {
    for (const { cluster: name } of policies ?? []) {
      const cluster = clusters.cluster(name);
      if (cluster?.hasHosts) this.begin(cluster, mirrored(headers), endStream);
    }
  }

  private begin(cluster: Cluster, headers: HeaderMap, endStream: boolean): void {
    const request: UpstreamRequest = cluster.newStream({
      decodeHeaders: ignore,
      decodeData: ignore,
      decodeTrailers: ignore,
      onResetStream: () => this.requests.delete(request),
      onUpstreamBlocked: ignore,
    });
    request.encodeHeaders(headers, endStream);
    if (!endStream) this.requests.add(request);
  }

  send(chunks: readonly Uint8Array[], endStream: boolean): void {
    for (const request of this.requests) {
      for (const chunk of chunks) request.encodeData(chunk, false);
      if (endStream) request.encodeData(new Uint8Array(0), true);
    }
    if (endStream) this.requests.clear();
  }

  sendTrailers(trailers: HeaderMap): void {
    for (const request of this.requests) request.encodeTrailers(trailers);
    this.requests.clear();
  }

  /** The request ends before it is complete. */
  cancel(): void {
    for (const request of this.requests) request.resetStream();
    this.requests.clear();
  }
}

/** As Envoy marks copies for their receiver. */
function mirrored(headers: HeaderMap): HeaderMap {
  const copy = new HeaderMap(headers, "request");
  const authority = copy.getFirst(":authority");
  if (authority !== undefined) copy.set(":authority", shadowHost(authority));
  copy.set("x-envoy-internal", "true");
  appendForwarded(copy, machineAddress(4));
  return copy;
}

function shadowHost(authority: string): string {
  const [, host, port] = /^(.*?)(:\d+)?$/.exec(authority) ?? [];
  return `${host}-shadow${port ?? ""}`;
}
