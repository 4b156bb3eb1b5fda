// @ts-check
/**
 * What does the dialog show of one attack? The attack itself, and each message of its request that the journal still has.
 *
 * @typedef {import("../journal/entries.ts").AttackEntry} Attack
 * @typedef {import("../journal/entries.ts").MessageEntry} Message
 */
import { byId, element, readable, requestLine, visible } from "./text.js";

export async function showDetail(/** @type {Attack} */ attack) {
  byId("detail-title").textContent = requestLine(attack);
  byId("detail-body").replaceChildren(
    ...attackDetail(attack),
    element("p", "loading the message…", "quiet"),
  );
  byId("detail").showModal();
  const response = await fetch(`api/messages/${attack.id}`);
  const found = response.ok ? (await response.json()).messages.flatMap(messageDetail) : [];
  const missing = element("p", "The message itself is no longer in the journal.", "quiet");
  byId("detail-body").replaceChildren(
    ...attackDetail(attack),
    ...(found.length > 0 ? found : [missing]),
  );
}

/** @param {Array<[string, string]>} facts */
function factList(facts) {
  const list = element("dl");
  for (const [name, value] of facts) {
    if (value !== "") list.append(element("dt", name), element("dd", value, "mono"));
  }
  return list;
}

function attackDetail(/** @type {Attack} */ attack) {
  return [
    element("h3", "Attack"),
    factList([
      ["type", attack.type],
      ["rule", attack.rule],
      ["point", readable(attack.point)],
      ["match", readable(attack.match)],
      ["value", readable(attack.value)],
      ["explanation", readable(attack.explanation)],
      ["action", attack.action],
      ["why", attack.why],
      ["client", visible(attack.client) || "unknown"],
      ["host", readable(attack.host)],
      ["time", new Date(attack.at).toISOString()],
      ["request id", attack.id],
      ["mode", `${attack.mode}, ${attack.connectorMode}`],
      ["application", String(attack.application)],
    ]),
  ];
}

function messageDetail(/** @type {Message} */ message) {
  const title = { request: "Request", part: `Part ${message.part}`, response: "Response" }[
    message.type
  ];
  const head = message.type === "response" ? `${message.status}` : requestLine(message);
  const lines = [...message.headers, ...(message.trailers ?? [])].map(
    ([name, value]) => `${visible(name)}: ${readable(value)}`,
  );
  const nodes = [
    element("h3", title),
    element("pre", message.type === "part" ? lines.join("\n") : [head, ...lines].join("\n")),
  ];
  if (message.aborted) {
    nodes.push(element("p", "aborted: the stream ended before this message did", "quiet"));
  }
  const { bytes, base64, cut } = message.body;
  if (bytes === 0) return nodes;
  const note = `body, ${bytes} bytes${cut ? ", cut here" : ""}${message.truncated ? ", more was not sent to the node" : ""}`;
  nodes.push(element("p", note, "quiet"), element("pre", readable(atob(base64))));
  return nodes;
}
