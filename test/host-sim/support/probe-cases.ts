/** Which behaviours are compared with real Envoy? One line of script a callback; see modules/probe.as.ts. */
import type { RequestOptions } from "../../support/client.ts";
import type { Answer } from "../../support/upstream.ts";

export interface ProbeCase {
  readonly title: string;
  readonly script: readonly string[];
  /** Whether StopIteration in a headers callback lets body callbacks go on; true by default. */
  readonly holding?: boolean;
  readonly request?: RequestOptions;
  readonly upstream?: Answer;
  readonly node?: Answer;
}

const post: RequestOptions = { method: "POST", body: "hello" };
const chunked: RequestOptions = {
  method: "POST",
  body: [Buffer.from("onetwo")],
  chunked: true,
  endApart: true,
};
const call = "call node :method=GET,:path=/n,:authority=n - 1000";
const go = "call_response: effective; continue 0";

export const cases: readonly ProbeCase[] = [
  {
    title: "headers of a request and its answer",
    script: [
      "request_headers: pairs 0; mapsize 0; get 0 host; get 0 nope",
      "response_headers: pairs 2; get 2 :status",
      "log: pairs 0; pairs 2; get 0 :path; get 2 nope",
    ],
    request: {
      headers: [
        ["a", "1"],
        ["b", ""],
        ["a", "2"],
        ["cookie", "x=1"],
        ["accept", "p"],
        ["accept", "q"],
        ["x-forwarded-for", "9.9.9.9"],
      ],
    },
  },
  {
    title: "callbacks of a body",
    script: [
      "request_body: body 0 0 100; bodysize 0",
      "request_body_end: body 0 0 100",
      "response_body: body 1 0 100",
      "response_body_end: bodysize 1",
    ],
    request: post,
  },
  {
    title: "a filter that changes headers",
    script: [
      "request_headers: add 0 x-n 1; add 0 accept z; replace 0 a 3; remove 0 b; replace 0 :path /other; add 0 content-type t; pairs 0",
      "response_headers: replace 2 :status 201; remove 2 content-type; add 2 x-r 1; pairs 2",
    ],
    request: {
      headers: [
        ["a", "1"],
        ["b", "2"],
        ["a", "x"],
        ["accept", "y"],
      ],
    },
  },
  {
    title: "a filter that sets all headers",
    script: [
      "request_headers: setpairs 0 :method=GET,:path=/new,:authority=h,:scheme=http,z=1,y=2; pairs 0",
      "response_headers: setpairs 2 :status=202,k=v; pairs 2",
    ],
  },
  {
    title: "header maps out of reach",
    script: [
      "request_headers: get 2 a; add 2 a b; pairs 2; get 1 a; mapsize 1; get 6 a; add 6 a b; pairs 6; get 99 a; mapsize 2",
      "request_body_end: get 0 :path; add 0 a b; pairs 0; prop request.path",
      "response_headers: get 0 :path; pairs 0; prop request.path; add 0 a b",
      "log: add 0 a b; add 2 a b; mapsize 0; get 1 a; get 3 a; prop request.path; prop response.code",
    ],
    request: post,
  },
  {
    title: "buffers out of reach and out of range",
    script: [
      "request_headers: body 0 0 10; body 1 0 10; body 2 0 1; body 3 0 1; body 4 0 10; body 5 0 10; body 6 0 10; body 7 0 10; body 8 0 10; body 9 0 1; setbody 0 0 0 x; setbody 7 0 0 x; setbody 4 0 0 x",
      "request_body: body 0 2 100; body 0 5 1; body 0 99 1; body 0 1 -1",
    ],
    request: post,
  },
  {
    title: "replacing, prepending and appending to a body",
    script: [
      "request_headers: remove 0 content-length",
      "request_body: setbody 0 0 2 AB; body 0 0 99; setbody 0 0 0 pre; setbody 0 99 0 post; setbody 0 3 1 no; body 0 0 99",
      "response_headers: remove 2 content-length",
      "response_body: setbody 1 0 999 short; body 1 0 99",
    ],
    request: post,
  },
  {
    title: "a body that gathers",
    script: [
      "request_body_return: 1",
      "request_body: body 0 0 99",
      "request_body_end: body 0 0 99; return 0",
    ],
    request: chunked,
  },
  {
    title: "a body that gathers behind held headers",
    script: [
      "request_headers: return 1",
      "request_body_return: 1",
      "request_body_end: body 0 0 99; get 0 :path; return 0",
    ],
    request: chunked,
  },
  {
    title: "a body that is let through piece by piece behind the watermark",
    script: [
      "request_headers: return 1",
      "request_body_return: 2",
      "request_body: body 0 0 99",
      "request_body_end: body 0 0 99; return 0",
    ],
    request: chunked,
  },
  {
    title: "a body that is thrown away",
    script: [
      "request_headers: remove 0 content-length",
      "request_body_return: 3",
      "request_body_end: return 0",
    ],
    request: chunked,
  },
  {
    title: "held headers and no body callback",
    holding: false,
    script: [
      `request_headers: ${call}; return 1`,
      "call_response: pairs 6; body 4 0 99; effective; get 0 :path; continue 0; get 0 :path",
    ],
    request: post,
  },
  {
    title: "everything stopped, then gone on",
    script: [`request_headers: ${call}; return 4`, go, "request_body: body 0 0 99"],
    request: post,
  },
  {
    title: "everything stopped with buffering, then gone on",
    script: [`request_headers: ${call}; return 3`, go, "request_body: body 0 0 99"],
    request: post,
  },
  {
    title: "an unknown status of a headers callback",
    script: [`request_headers: ${call}; return 9`, go],
    request: post,
  },
  {
    title: "a call whose answer releases the held body",
    script: [
      "request_headers: return 1",
      "request_body_return: 1",
      `request_body_end: ${call}; return 1`,
      "call_response: pairs 6; body 4 0 99; mapsize 6; get 6 content-type; effective; body 0 0 99; continue 0",
    ],
    request: chunked,
  },
  {
    title: "a call whose answer blocks the request",
    script: [
      `request_headers: ${call}; return 1`,
      "call_response: effective; reply 403 blocked a=b,content-type=x/y; reply 404 again",
    ],
    request: post,
  },
  {
    title: "calls that are refused at once",
    script: [
      "request_headers: call nowhere :method=GET,:path=/,:authority=a - 100; call node :path=/,:authority=a - 100; call node :method=GET,:authority=a - 100; call node :method=GET,:path=/ - 100; call empty :method=GET,:path=/,:authority=a - 100; call node - - 100; call node :method=GET,:path=/,:authority=a - -1",
    ],
  },
  {
    title: "a call to a host that refuses connections",
    script: [
      "request_headers: call refusing :method=GET,:path=/,:authority=a - 1000; return 1",
      "call_response: get 6 :status; get 6 content-type; get 6 content-length; body 4 0 999; status; effective; continue 0",
    ],
  },
  {
    title: "a call that is not answered in time",
    script: [
      "request_headers: call node :method=GET,:path=/,:authority=a - 300; return 1",
      "call_response: pairs 6; body 4 0 999; status; effective; continue 0",
    ],
    node: () => {},
  },
  {
    title: "a call whose answer breaks off",
    script: [
      "request_headers: call node :method=GET,:path=/,:authority=a - 3000; return 1",
      "call_response: pairs 6; get 6 :status; body 4 0 999; status; effective; continue 0",
    ],
    node: (response) => {
      response.setHeader("content-length", "100");
      response.write("half");
      setTimeout(() => response.destroy(), 50);
    },
  },
  {
    title: "what a call sends",
    script: [
      "request_headers: call node :method=POST,:path=/p,:authority=auth,host=hh,x=1,x=2 some_body 1000; return 1",
      go,
    ],
    node: (response, seen) => {
      response.end(JSON.stringify(seen.headers));
    },
  },
  {
    title: "what a call's node gets to see",
    script: [
      "request_headers: call node :method=POST,:path=/p,:authority=auth,x=1,x=2 some_body 1000; return 1",
      "call_response: body 4 0 2000; effective; continue 0",
    ],
    node: (response, seen) => {
      response.end(
        `${seen.method} ${seen.path} ${JSON.stringify(seen.headers)} ${seen.start.toString()}`,
      );
    },
  },
  {
    title: "a reply to the headers",
    script: [
      "request_headers: reply 403 no x-a=1,X-B=2; reply 500 second",
      "response_headers: pairs 2; add 2 seen yes",
      "response_body_end: body 1 0 99",
    ],
  },
  {
    title: "a reply without a body",
    script: ["request_headers: reply 204 _ content-type=a/b,content-length=7"],
  },
  {
    title: "a reply and then continue",
    script: ["request_headers: reply 403 no; return 0"],
    request: post,
  },
  { title: "a reply to a body", script: ["request_body: reply 413 big; return 0"], request: post },
  {
    title: "a reply to a held body",
    script: [
      "request_headers: return 1",
      "request_body_return: 1",
      "request_body_end: reply 401 no",
    ],
    request: post,
  },
  {
    title: "a reply to the answer's headers",
    script: ["response_headers: reply 502 bad x=y; return 0"],
    request: post,
  },
  { title: "a reply in the answer's body", script: ["response_body: reply 502 bad"] },
  {
    title: "a reply in the answer's body behind held headers",
    script: [
      "response_headers: return 1",
      "response_body_return: 1",
      "response_body_end: reply 502 bad",
    ],
  },
  {
    title: "a reply to HEAD",
    script: ["request_headers: reply 403 no"],
    request: { method: "HEAD" },
  },
  {
    title: "a reply to gRPC",
    script: ["request_headers: reply 403 no_entry%"],
    request: {
      method: "POST",
      headers: [
        ["content-type", "application/grpc"],
        ["te", "trailers"],
      ],
      body: "x",
    },
  },
  {
    title: "a reply to gRPC with a status",
    script: ["request_headers: reply 200 _ - 5"],
    request: { method: "POST", headers: [["content-type", "application/grpc+proto"]], body: "x" },
  },
  { title: "a closed stream", script: ["request_headers: close 0; return 1"] },
  { title: "a closed answer", script: ["response_headers: close 1; return 1"] },
  {
    title: "an answer that is held and gone on with",
    script: [
      `response_headers: ${call}; return 1`,
      "response_body_return: 1",
      "call_response: effective; get 2 :status; body 1 0 99; continue 1",
    ],
  },
  {
    title: "an answer's body that is changed as a whole",
    script: [
      "response_headers: remove 2 content-length",
      "response_body_return: 1",
      "response_body_end: body 1 0 99; setbody 1 0 999 all_new; return 0",
    ],
  },
  {
    title: "trailers of a request and of an answer",
    script: [
      "request_trailers: pairs 1; add 1 t2 2",
      "response_trailers: pairs 3; add 3 u2 2",
      "log: pairs 3; get 3 u",
    ],
    request: { method: "POST", body: "x", trailers: [["t", "1"]], headers: [["te", "trailers"]] },
    upstream: (response) => {
      response.setHeader("trailer", "u");
      response.write("body");
      response.addTrailers({ u: "1" });
      response.end();
    },
  },
  {
    title: "trailers that a filter adds",
    script: [
      "request_body_end: add 1 added yes; pairs 1",
      "response_body_end: add 3 more 1; pairs 3",
    ],
    request: chunked,
  },
  {
    title: "held trailers",
    script: [
      "request_headers: return 1",
      "request_body_return: 1",
      `request_trailers: ${call}; return 1`,
      go,
    ],
    request: { method: "POST", body: "x", trailers: [["t", "1"]] },
  },
  {
    title: "a body that passes the limit while it gathers",
    script: [
      "request_body_return: 1",
      "request_body: log chunk; quiet",
      "request_body_end: return 0",
    ],
    request: { method: "POST", body: Buffer.alloc(200_000, 97) },
  },
  {
    title: "an answer that passes the limit while it gathers",
    script: ["response_body: quiet", "response_body_return: 1", "response_body_end: return 0"],
    upstream: (response) => {
      response.end(Buffer.alloc(200_000, 97));
    },
  },
  {
    title: "an answer that passes the limit while its headers are held",
    script: [
      "response_headers: return 1",
      "response_body: quiet",
      "response_body_return: 1",
      "response_body_end: return 0",
    ],
    upstream: (response) => {
      response.end(Buffer.alloc(200_000, 97));
    },
  },
  {
    title: "effective contexts that do not exist",
    script: ["request_headers: effective 9999; effective 0; effective; get 0 :path"],
  },
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
  {
    title: "shared data",
    script: [
      "request_headers: getshared nothing; setshared k{n} v 77; getshared k{n}; setshared k{n} w 1; setshared k{n} w last; getshared k{n}; setshared k{n} _ 0; getshared k{n}",
    ],
  },
  {
    title: "shared queues",
    script: [
      "request_headers: dequeue 9999; enqueue 9999 x; resolve - none; queue q{n}; resolve - q{n}; resolve vm q{n}; resolve other q{n}; dequeue last; enqueue last one; enqueue last two; return 4",
      "queue_ready: dequeue last; effective; continue 0",
    ],
  },
  {
    title: "metrics",
    script: [
      "request_headers: metric 0 c{n}; value; increment 5; increment 0; increment -1; value; record 3; value; metric 1 g{n}; increment -2; value; record 9; increment 4; value; metric 2 h{n}; record 5; increment 1; value; metric 3 x; metric 0 c{n}; value",
    ],
  },
  {
    title: "foreign functions",
    script: [
      "request_headers: foreign nope x; foreign clear_route_cache x; foreign uncompress garbage",
    ],
  },
  {
    title: "continuing what does not wait",
    script: ["response_headers: continue 0; continue 2; continue 3; continue 4; close 9; done"],
  },
  {
    title: "continuing an answer in its own callback",
    script: ["request_body_end: log x", "response_body_end: continue 1; return 0"],
    request: post,
  },
  {
    title: "an upstream that refuses",
    script: [
      "request_headers: replace 0 x-to refuse",
      "response_headers: pairs 2; prop response.flags; prop response.code_details",
      "log: prop response.code; prop response.flags; prop response.code_details; prop upstream.transport_failure_reason",
    ],
    upstream: (response) => {
      response.destroy();
    },
  },
  {
    title: "an upstream that breaks off",
    script: ["log: prop response.code; prop response.code_details; prop response.flags"],
    upstream: (response) => {
      response.setHeader("content-length", "10");
      response.write("abc");
      setTimeout(() => response.destroy(), 50);
    },
  },
  {
    title: "an upstream that breaks off between chunks",
    script: ["log: prop response.code; prop response.code_details; prop response.flags"],
    upstream: (response) => {
      response.write("abc");
      setTimeout(() => response.destroy(), 50);
    },
  },
  {
    title: "an upstream that resets its connection",
    script: ["log: prop response.code; prop response.code_details; prop response.flags"],
    upstream: (response) => {
      response.setHeader("content-length", "10");
      response.write("abc");
      setTimeout(() => response.socket?.resetAndDestroy(), 50);
    },
  },
  {
    title: "an upstream that closes without an answer",
    script: ["log: prop response.code; prop response.code_details; prop response.flags"],
    upstream: (response) => void response.destroy(),
  },
  {
    title: "an upstream that agrees to an upgrade",
    script: ["response_headers: get 2 x-envoy-upstream-service-time; get 2 :status"],
    request: {
      headers: [
        ["connection", "upgrade"],
        ["upgrade", "websocket"],
      ],
    },
  },
  {
    title: "cookies in two headers",
    script: ["request_headers: add 0 cookie b=2; pairs 0"],
    request: {
      headers: [
        ["cookie", "a=1"],
        ["x", "y"],
        ["cookie", "c=3"],
      ],
    },
  },
  {
    title: "an answer of its own to a request that was bad",
    script: ["request_headers: reply 400 no"],
  },
  {
    title: "what frames a chunked body",
    script: ["request_headers: pairs 0; get 0 transfer-encoding"],
    request: chunked,
  },
  {
    title: "continuing a request in its own callback",
    script: ["request_headers: continue 0; return 0"],
    request: post,
  },
  {
    title: "continuing a request in its own callback, and stopping it",
    script: ["request_headers: continue 0; return 1"],
    request: post,
  },
  {
    title: "a reply and a continue",
    script: ["request_headers: reply 403 no; continue 0; return 1"],
    request: post,
  },
  { title: "a request without a path", script: ["request_headers: remove 0 :path"] },
  {
    title: "a request without its protocol",
    script: ["request_headers: remove 0 x-forwarded-proto"],
  },
  { title: "an answer without a status", script: ["response_headers: remove 2 :status"] },
  { title: "an answer with a strange status", script: ["response_headers: replace 2 :status abc"] },
  {
    title: "an HTTP call of an answer's callback",
    script: [`response_headers: ${call}; return 4`, "call_response: effective; continue 1"],
  },
  {
    title: "a tick",
    script: ["request_headers: tick 20; return 1", "tick: tick 0; effective; continue 0"],
  },
  { title: "log level and unknown commands", script: ["request_headers: level; status"] },
];
