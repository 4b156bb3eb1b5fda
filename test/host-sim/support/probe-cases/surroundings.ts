/** What does a host give that belongs to no request: contexts, shared data, queues, metrics, functions, ticks? */
import { type ProbeCase } from "./probe-case.ts";

export const surroundings: readonly ProbeCase[] = [
  {
    title: "effective contexts that do not exist",
    script: ["request_headers: effective 9999; effective 0; effective; get 0 :path"],
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
      "request_headers: dequeue 9999; enqueue 9999 x; resolve - none; queue q{n}; resolve other q{n}; resolve - q{n}; resolve vm q{n}; dequeue last; enqueue last one; enqueue last two; return 4",
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
    title: "a tick",
    script: ["request_headers: tick 20; return 1", "tick: tick 0; effective; continue 0"],
  },
  { title: "log level and unknown commands", script: ["request_headers: level; status"] },
];
