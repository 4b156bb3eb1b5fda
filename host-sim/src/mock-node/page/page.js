// @ts-check
/**
 * What does the list of the Attacks page show, and how does it stay live?
 *
 * @typedef {import("../journal/entries.ts").AttackEntry} Attack
 */
import { showDetail } from "./detail.js";
import { byId, element, readable, requestLine, visible } from "./text.js";

/** Rows beyond this are dropped, oldest first: a page may stay open for days. */
const MAX_ROWS = 1000;

/** @type {Attack[]} newest first */
let attacks = [];
let lastSeq = 0;

const badge = (/** @type {string} */ text) =>
  element("span", visible(text), `badge ${/^(block|pass)$/.test(text) ? text : ""}`);

function rowOf(/** @type {Attack} */ attack) {
  const row = element("tr");
  row.tabIndex = 0;
  row.dataset.seq = String(attack.seq);
  const time = new Date(attack.at);
  const clock = element("td", time.toLocaleTimeString(undefined, { hour12: false }), "time");
  clock.title = time.toISOString();
  const action = element("td", undefined, "action", badge(attack.action));
  action.title = attack.why;
  const attackCell = element("td", undefined, "attack", badge(attack.type));
  attackCell.title = `${attack.rule}: ${readable(attack.explanation)}`;
  const id = element("td", `${attack.id.slice(0, 8)}…`, "id mono");
  id.title = attack.id;
  row.append(
    clock,
    element("td", visible(attack.client) || "unknown", "client mono"),
    element("td", readable(attack.host), "host"),
    element("td", requestLine(attack), "request mono"),
    attackCell,
    element("td", readable(attack.point), "point mono"),
    action,
    id,
  );
  row.addEventListener("click", () => void showDetail(attack));
  row.addEventListener("keydown", (event) => {
    if (event.key === "Enter") void showDetail(attack);
  });
  return row;
}

function matches(/** @type {Attack} */ attack) {
  const text = byId("text").value.trim().toLowerCase();
  const type = byId("type").value;
  const action = byId("action").value;
  if ((type && attack.type !== type) || (action && attack.action !== action)) return false;
  const { method, host, client, rule, point, value, id } = attack;
  const all = [method, readable(attack.path), host, client, attack.type, rule, point, value, id];
  return all.join("\n").toLowerCase().includes(text);
}

function showAll() {
  const shown = attacks.filter(matches);
  byId("rows").replaceChildren(...shown.map(rowOf));
  showCounts(shown.length);
}

function showCounts(/** @type {number} */ shown) {
  const all = attacks.length;
  byId("count").textContent =
    shown === all ? `${all} attack${all === 1 ? "" : "s"}` : `${shown} of ${all}`;
  byId("empty").hidden = shown > 0;
  byId("empty-title").textContent = all === 0 ? "No attacks yet" : "No attack matches the filter";
  byId("empty-hint").hidden = all > 0;
  byId("empty-example").hidden = all > 0;
}

function addType(/** @type {string} */ type) {
  const select = byId("type");
  for (const option of select.options) if (option.value === type) return;
  select.append(new Option(type, type));
}

function add(/** @type {Attack} */ attack) {
  if (attack.seq <= lastSeq) return; // told twice, around a reconnection
  lastSeq = attack.seq;
  attacks.unshift(attack);
  addType(attack.type);
  const rows = byId("rows");
  if (matches(attack)) {
    const row = rowOf(attack);
    row.classList.add("new");
    rows.prepend(row);
  }
  while (attacks.length > MAX_ROWS) attacks.pop();
  while (rows.childElementCount > MAX_ROWS) rows.lastElementChild.remove();
  showCounts(rows.childElementCount);
}

async function load() {
  const response = await fetch(`api/attacks?limit=${MAX_ROWS}`);
  const body = await response.json();
  attacks = body.attacks;
  lastSeq = Math.max(0, ...attacks.map(({ seq }) => seq));
  for (const { type } of attacks) addType(type);
  showAll();
}

/** @param {"connecting" | "live" | "lost"} state @param {string} text */
function setConnection(state, text) {
  const status = byId("connection");
  status.dataset.state = state;
  status.textContent = text;
}

function listen() {
  const events = new EventSource("api/events");
  // With every connection anew the list is loaded anew: the node may have been restarted.
  events.addEventListener("hello", () => {
    load().then(
      () => setConnection("live", "live"),
      () => setConnection("lost", "the list could not be loaded"),
    );
    void showNode();
  });
  events.addEventListener("attack", (event) => add(JSON.parse(event.data)));
  events.addEventListener("cleared", () => {
    attacks = [];
    showAll();
  });
  events.addEventListener("error", () => {
    setConnection("lost", "connection lost, trying again…");
    // A browser gives up for good after some errors: then we try again ourselves.
    if (events.readyState === EventSource.CLOSED) setTimeout(listen, 2000);
  });
}

async function showNode() {
  const node = await (await fetch("api/node")).json();
  const blocking = node.blocking ? "" : ", blocking off";
  byId("node").textContent =
    `mock Wallarm node on ${node.connector}, mode ${node.wallarmMode}${blocking}`;
}

function start() {
  for (const id of ["text", "type", "action"]) byId(id).addEventListener("input", showAll);
  byId("filter").addEventListener("submit", (/** @type {Event} */ event) => event.preventDefault());
  byId("clear").addEventListener("click", () => void fetch("api/attacks", { method: "DELETE" }));
  byId("close").addEventListener("click", () => byId("detail").close());
  byId("detail").addEventListener("click", (/** @type {Event} */ event) => {
    if (event.target === byId("detail")) byId("detail").close(); // the ground around the dialog
  });
  showCounts(0);
  listen();
}

start();
