/** How are the filters configured that are compared? As a user would who wants an equal thing from each. */
export type Json = Record<string, unknown>;

const EXTENSIONS = "type.googleapis.com/envoy.extensions";
/** Cluster of the node in every gateway. */
export const NODE = "node";
const TIMEOUT = "1s";
/** The default of request_body_limit. */
const BODY_LIMIT = 1_048_576;

const filter = (name: string, type: string, config: Json): Json => ({
  name,
  typed_config: { "@type": `${EXTENSIONS}.filters.http.${type}`, ...config },
});

export const router = (): Json => filter("envoy.filters.http.router", "router.v3.Router", {});

const stringValue = (value: string): Json => ({
  "@type": "type.googleapis.com/google.protobuf.StringValue",
  value,
});

function wasm(file: string, configuration: string): Json {
  return filter("bench", "wasm.v3.Wasm", {
    config: {
      name: "wallarm-custom-policy.default.orders-api",
      root_id: "main",
      allow_on_headers_stop_iteration: true,
      vm_config: {
        vm_id: "bench",
        runtime: "envoy.wasm.runtime.v8",
        code: { local: { filename: file } },
      },
      configuration: stringValue(configuration),
    },
  });
}

export const noopWasm = (file: string): Json => wasm(file, "");

/** Our policy with its defaults, but for `settings`. */
export const policy = (file: string, settings: Json): Json =>
  wasm(
    file,
    JSON.stringify({ wallarm_node: "http://node:5050", wallarm_cluster: NODE, ...settings }),
  );

/** First letters of the headers that the workloads send: the cheapest matchers that let all of them through. */
const ALL_HEADERS = ["a", "c", "r", "u", "x", "i"].map((prefix) => ({ prefix }));

export const extAuthz = (): Json =>
  filter("envoy.filters.http.ext_authz", "ext_authz.v3.ExtAuthz", {
    http_service: {
      server_uri: { uri: "http://node:5050", cluster: NODE, timeout: TIMEOUT },
    },
    allowed_headers: { patterns: ALL_HEADERS },
    with_request_body: { max_request_bytes: BODY_LIMIT, allow_partial_message: true },
    failure_mode_allow: true,
  });

/** The settings of the vendor's guide for Istio. */
export const extProc = (): Json =>
  filter("envoy.filters.http.ext_proc", "ext_proc.v3.ExternalProcessor", {
    grpc_service: { envoy_grpc: { cluster_name: NODE }, timeout: TIMEOUT },
    processing_mode: { request_body_mode: "STREAMED", response_body_mode: "STREAMED" },
    request_attributes: ["request.id", "request.time", "source.address"],
    failure_mode_allow: true,
  });

/** Tells the whole request in one call, and lets it go on when the node says 200. */
const LUA = `
function envoy_on_request(handle)
  local headers = {}
  for name, value in pairs(handle:headers()) do
    if name:sub(1, 1) == ":" then name = "x-original-" .. name:sub(2) end
    headers[name] = value
  end
  headers["content-length"] = nil
  headers[":method"] = "POST"
  headers[":path"] = "/check"
  headers[":authority"] = "node"
  local body = handle:body()
  local text = body and body:getBytes(0, body:length()) or ""
  local answer = handle:httpCall("${NODE}", headers, text, 1000)
  if answer[":status"] ~= "200" then handle:respond({ [":status"] = "403" }, "") end
end`;

export const lua = (): Json =>
  filter("envoy.filters.http.lua", "lua.v3.Lua", {
    default_source_code: { inline_string: LUA },
  });
