// Why did the platform refuse? Its answer says so, and the official CLI shows no more than the status of it. The publishing tool has this
// loaded into the CLI's process (NODE_OPTIONS): what is answered with an error goes as a line of JSON into the file that
// ANYPOINT_REASON_FILE names. No request is sent for it, and no header of one is kept.
const { appendFileSync } = require("node:fs");
const { subscribe } = require("node:diagnostics_channel");
const zlib = require("node:zlib");

const LONGEST = 64 * 1024;
const unpack = { gzip: zlib.gunzipSync, deflate: zlib.inflateSync, br: zlib.brotliDecompressSync };

function record(request, response, chunks) {
  const file = process.env.ANYPOINT_REASON_FILE;
  if (!file) return;
  const bytes = Buffer.concat(chunks);
  const packing = response.headers["content-encoding"];
  const body = (unpack[packing]?.(bytes) ?? bytes).toString("utf8");
  const path = String(request.path).split("?")[0];
  const line = JSON.stringify({ method: request.method, path, status: response.statusCode, body });
  appendFileSync(file, `${line}\n`, { mode: 0o600 });
}

/** Looks on while somebody else reads the body. */
function watch({ request, response }) {
  if (response.statusCode < 400) return;
  const chunks = [];
  let size = 0;
  const emit = response.emit;
  response.emit = function (event, ...args) {
    if (event === "data" && (size += args[0].length) <= LONGEST) chunks.push(Buffer.from(args[0]));
    if (event === "end") {
      try {
        record(request, response, chunks);
      } catch {
        // Without a reason the refusal is told all the same.
      }
    }
    return emit.call(this, event, ...args);
  };
}

subscribe("http.client.response.finish", watch);
