/**
 * Which tests are to notice a change of a source, and in which order are they run? The quick ones first, and before them those
 * that have noticed the most of its other mutants; a test that can't reach the source is left out.
 */

const FIRST = [
  "policy/callbacks",
  "fuzz/finds",
  "scenarios/verdict",
  "scenarios/late-replies",
  "scenarios/block-answer",
  "scenarios/grpc",
  "policy/messages",
  "policy/replies",
];
const EXT_PROC = [
  "policy/external-processing",
  "ext-proc/verdict",
  "ext-proc/same-as-envoy",
  "ext-proc/same-as-envoy-answers",
  "ext-proc/failures",
  "ext-proc/restarts",
];
const OUTBOX = ["outbox/answers", "outbox/batches", "scenarios/async-mode"];
const SCENARIOS = [
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
/** Each takes some five seconds or more. */
const SLOW = [
  "scenarios/header-holding",
  "scenarios/failures",
  "scenarios/uploads",
  "scenarios/body-sizes",
];
const SLOW_CONNECTOR = ["outbox/gateway", "outbox/mock-node", "faults/clients"];
const SLOW_EXT_PROC = ["ext-proc/streams", "ext-proc/same-as-envoy-traffic", "policy/many-streams"];

function reaching(file) {
  if (file.includes("inspection-mark")) {
    return { quick: ["scenarios/applied-twice", "scenarios/two-plugins"], slow: [] };
  }
  if (file.includes("/ext-proc/")) {
    return { quick: [...EXT_PROC, ...FIRST, ...SCENARIOS], slow: [...SLOW, ...SLOW_EXT_PROC] };
  }
  const isOfNodes = /node-pool|node-health|health-probe|shared-health|\/question/.test(file);
  if (isOfNodes) return { quick: [...FIRST, ...NODES], slow: [...SCENARIOS, ...SLOW, ...EXT_PROC] };
  const quick = [...FIRST, ...OUTBOX, ...SCENARIOS];
  if (file.includes("/connector/")) return { quick, slow: [...SLOW, ...NODES, ...SLOW_CONNECTOR] };
  return { quick: [...quick, ...EXT_PROC], slow: [...SLOW, ...SLOW_CONNECTOR, ...SLOW_EXT_PROC] };
}

/** Over one transport alone where the other one can't reach the source. */
export function transportsOf(file) {
  if (file.includes("/ext-proc/")) return "ext_proc";
  return file.includes("/connector/") ? "connector" : "connector,ext_proc";
}

/** `kills`: how many mutants of this source each test file has noticed so far. */
export function testsFor(file, isQuick, kills) {
  const { quick, slow } = reaching(file);
  const tests = [...quick, ...(isQuick ? [] : slow)].map((name) => `test/${name}.test.ts`);
  // Those at the head take a tenth of a second each.
  const count = (test) => (tests.indexOf(test) < 5 ? Infinity : (kills.get(test) ?? 0));
  return tests.toSorted((a, b) => (count(a) === count(b) ? 0 : count(b) - count(a)));
}
