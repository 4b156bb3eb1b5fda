// @ts-check
/**
 * What does the page of the stand-in show, and how does it stay current? All that it shows was sent by clients: it is only ever
 * put into the page as text, and the page's policy lets nothing else run.
 */

const EVERY_MS = 1000;

/** @param {string} id @returns {any} */
const byId = (id) => document.getElementById(id);

/**
 * @param {string} tag
 * @param {string} [text]
 * @param {string} [className]
 * @param {...Node} children
 */
function element(tag, text, className, ...children) {
  const node = document.createElement(tag);
  if (text) node.textContent = visible(text);
  if (className) node.className = className;
  node.append(...children);
  return node;
}

/** Control characters and those that turn the direction of text would lie about what stands there. */
function visible(/** @type {string} */ text) {
  return text.replace(
    /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

const badge = (/** @type {string} */ text) =>
  element("span", text, `badge ${/^[a-z]+$/.test(text) ? text : ""}`);

const cell = (/** @type {unknown} */ text, className = "") =>
  element("td", String(text ?? ""), className);

function row(/** @type {Node[]} */ ...cells) {
  return element("tr", "", "", ...cells);
}

/** Lines below each other in one cell. */
function lines(/** @type {Node[][]} */ entries) {
  return element("td", "", "", ...entries.map((parts) => element("div", "", "", ...parts)));
}

function fill(/** @type {string} */ id, /** @type {Node[]} */ rows, /** @type {string} */ nothing) {
  const empty = element("td", nothing, "quiet");
  empty.setAttribute("colspan", "9");
  byId(id).replaceChildren(...(rows.length > 0 ? rows : [row(empty)]));
}

const assetRow = (/** @type {any} */ asset) =>
  row(
    cell(`${asset.groupId}/${asset.assetId}`, "mono"),
    cell(asset.version, "mono"),
    cell(asset.name),
    cell(asset.type),
    element("td", "", "", badge(asset.status)),
    cell(new Date(asset.modifiedAt).toLocaleString()),
  );

const policyLine = (/** @type {any} */ policy) => [
  element("span", `${policy.assetId} ${policy.assetVersion} `, "mono"),
  badge(policy.state),
];

const apiRow = (/** @type {any} */ api) =>
  row(
    cell(api.id, "mono"),
    cell(`${api.assetId} ${api.assetVersion} ${api.instanceLabel}`),
    cell(api.environment),
    cell(api.proxyUri, "mono"),
    cell(api.upstream, "mono"),
    lines(api.policies.map(policyLine)),
  );

function automatedRow(/** @type {any} */ policy) {
  const covered = policy.apis.filter((/** @type {any} */ api) => api.covered);
  const others = policy.apis.filter((/** @type {any} */ api) => !api.covered);
  const name = (/** @type {any} */ api) => `${api.id} ${api.assetId}`;
  return row(
    cell(policy.id, "mono"),
    lines([policyLine({ ...policy, state: policy.disabled ? "disabled" : "automated" })]),
    cell(policy.environment),
    lines(covered.map((/** @type {any} */ api) => [element("span", name(api))])),
    lines(
      others.map((/** @type {any} */ api) => [
        element("span", `${name(api)}: ${api.reason}`, "quiet"),
      ]),
    ),
  );
}

let shown = "";

function show(/** @type {string} */ text) {
  if (text === shown) return;
  shown = text;
  const overview = JSON.parse(text);
  byId("host").textContent = `ANYPOINT_HOST=${overview.about.host}`;
  fill("assets", overview.assets.map(assetRow), "Nothing is published yet.");
  fill("apis", overview.apis.map(apiRow), "No API is managed yet.");
  fill("automated", overview.automatedPolicies.map(automatedRow), "There are none.");
}

function tell(/** @type {"live" | "lost"} */ state) {
  const connection = byId("connection");
  connection.dataset.state = state;
  connection.textContent = state === "live" ? "live" : "connection lost, trying again…";
}

async function refresh() {
  try {
    const answer = await fetch("api/overview");
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    show(await answer.text());
    tell("live");
  } catch {
    tell("lost");
  }
  setTimeout(refresh, EVERY_MS);
}

void refresh();
