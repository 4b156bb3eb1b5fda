/** Which attributes does a filter find, and set? */
import { call, post, type ProbeCase } from "./probe-case.ts";

export const attributes: readonly ProbeCase[] = [
  {
    title: "attributes of a request",
    script: [
      "request_headers: prop request.path; prop request.url_path; prop request.query; prop request.host; prop request.scheme; prop request.method; prop request.headers.a; prop request.referer; prop request.useragent; prop request.size; prop request.protocol; prop request.headers.nope; prop request.nope; prop request.duration; prop request",
      "response_headers: prop response.code; prop response.headers.content-type; prop response.size; prop response.flags; prop response.code_details; prop request.size; prop request.total_size; prop response.nope",
      "log: prop request.path; prop response.code; prop response.size; prop response.flags; prop response.code_details; prop response.headers.date.x; prop request.headers.a; prop response.trailers",
    ],
    request: {
      ...post,
      host: "h.test",
      path: "/p/q?x=1&y",
      headers: [
        ["a", "1"],
        ["a", "2"],
        ["referer", "r"],
        ["user-agent", "u"],
      ],
    },
  },
  {
    title: "attributes of gateway, route and plugin",
    script: [
      "request_headers: prop plugin_name; prop plugin_root_id; prop plugin_vm_id; prop connection_id.x; prop node.nope; prop cluster_name; prop route_name; prop xds.route_name; prop xds.cluster_name; prop listener_direction; prop xds.listener_direction; prop listener_metadata; prop xds.listener_metadata; prop xds.virtual_host_name; prop xds.filter_chain_name; prop route_metadata; prop xds.route_metadata; prop cluster_metadata; prop xds.cluster_metadata; prop metadata; prop connection.mtls; prop connection.requested_server_name; prop connection.tls_version; prop upstream.address; prop upstream.port; prop nope; prop x.y; prop filter_state.x; prop upstream.transport_failure_reason; prop connection.termination_details; prop upstream.request_attempt_count; prop xds.upstream_host_metadata; prop upstream.local_address.x; prop upstream_filter_state; prop upstream.num_endpoints",
      "response_headers: prop cluster_name; prop xds.cluster_name; prop cluster_metadata; prop xds.cluster_metadata; prop upstream.transport_failure_reason; prop upstream.request_attempt_count; prop upstream.num_endpoints; prop xds.upstream_host_metadata",
      "log: prop cluster_name; prop plugin_name; prop plugin_vm_id; prop xds.cluster_name",
    ],
  },
  {
    title: "attributes that a filter sets",
    script: [
      "request_headers: setprop my.own value; prop my.own; setprop flat v; prop flat; prop filter_state.wasm; setprop flat w; prop flat",
      "response_headers: prop flat; prop filter_state",
      "log: prop flat; setprop late x; prop late",
    ],
  },
  {
    title: "attributes without a stream",
    script: [
      `request_headers: ${call}; return 1`,
      "call_response: prop request.path; prop plugin_name; prop plugin_root_id; prop plugin_vm_id; prop node.id; prop node.cluster; prop node.metadata; prop xds.node.id; prop connection_id; prop source.address; prop cluster_name; prop listener_direction; prop listener_metadata; setprop a b; prop metadata; effective; prop node.id; prop xds.node.id; prop request.path; continue 0",
    ],
  },
];
