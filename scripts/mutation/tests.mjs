/**
 * Which tests are to notice a change of a source, and in which order are they run? The quick ones first, and before them those
 * that have noticed the most of its other mutants; a test that can't reach the source is left out.
 */

/** Each takes a tenth of a second. */
const FIRST = [
  "policy/callbacks",
  "policy/fallback-callbacks",
  "policy/held-bodies",
  "policy/processor-callbacks",
  "fuzz/finds",
  "scenarios/verdict",
  "scenarios/block-answer",
  "scenarios/grpc",
];
const EXT_PROC = [
  "ext-proc/verdict",
  "ext-proc/same-as-envoy",
  "ext-proc/same-as-envoy-answers",
  "ext-proc/failures",
  "ext-proc/restarts",
];
const OUTBOX = ["outbox/answers", "outbox/batches", "scenarios/async-mode"];
const SCENARIOS = [
  "scenarios/late-replies",
  "scenarios/upgrade",
  "scenarios/trailers",
  "scenarios/odd-clients",
  "scenarios/reconfiguration",
  "scenarios/two-plugins",
  "scenarios/observability",
  "scenarios/response-message",
  "scenarios/applied-twice",
];
const NODES = ["nodes/several-nodes", "nodes/health"];
/** One node behind whose name there are many, and streams that are lost. */
const RETRIES = ["nodes/behind-one-name", "nodes/ext-proc-retries", "nodes/clock"];
/** Each takes some five seconds or more. */
const SLOW = [
  "scenarios/header-holding",
  "scenarios/failures",
  "scenarios/uploads",
  "scenarios/body-sizes",
];
const SLOW_CONNECTOR = ["outbox/gateway", "outbox/mock-node", "faults/clients"];
const SLOW_EXT_PROC = ["ext-proc/streams", "ext-proc/same-as-envoy-traffic", "policy/many-streams"];

/** These compile a module of their own of the sources that they are about. */
const UNITS = [
  [/processing-response|header-mutation/, "policy/external-processing"],
  [/connector\/(verdict|http-reply)/, "policy/replies"],
  [/hold-table/, "policy/hold-table"],
  [/failure-mode/, "policy/decisions"],
  [/ledger|request\//, "policy/held-memory"],
  [/decision-queue/, "policy/many-streams"],
];

function reaching(file) {
  if (file.includes("inspection-mark")) {
    return { quick: ["scenarios/applied-twice", "scenarios/two-plugins"], slow: [] };
  }
  if (file.includes("/ext-proc/")) {
    return { quick: [...EXT_PROC, ...SCENARIOS], slow: [...SLOW, ...NODES, ...SLOW_EXT_PROC] };
  }
  if (/\/desk|evidence/.test(file)) {
    return { quick: NODES, slow: [...RETRIES, ...SCENARIOS, ...SLOW, ...EXT_PROC] };
  }
  const isOfNodes = /node-pool|node-health|health-probe|shared-health|\/question/.test(file);
  if (isOfNodes) return { quick: NODES, slow: [...SCENARIOS, ...SLOW, ...EXT_PROC] };
  const quick = [...OUTBOX, ...SCENARIOS];
  if (file.includes("/connector/")) return { quick, slow: [...SLOW, ...NODES, ...SLOW_CONNECTOR] };
  return { quick: [...quick, ...EXT_PROC], slow: [...SLOW, ...SLOW_CONNECTOR, ...SLOW_EXT_PROC] };
}

/** Over one transport alone where the other one can't reach the source. */
export function transportsOf(file) {
  if (file.includes("/ext-proc/")) return "ext_proc";
  return file.includes("/connector/") ? "connector" : "connector,ext_proc";
}

/** Stages, of which the next is run if the one before has noticed nothing. `kills`: what each test file has noticed so far. */
export function testsFor(file, kills) {
  const units = UNITS.filter(([of]) => of.test(file)).map(([, name]) => name);
  const { quick, slow } = reaching(file);
  const count = (test) => kills.get(test) ?? 0;
  return [FIRST, [...units, ...quick], slow].map((names) =>
    names.map((name) => `test/${name}.test.ts`).sort((a, b) => count(b) - count(a)),
  );
}
