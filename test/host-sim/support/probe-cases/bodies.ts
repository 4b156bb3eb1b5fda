/** What do filters see and change of bodies, and when is one held, gathered or let go? */
import { call, chunked, go, post, type ProbeCase } from "./probe-case.ts";

export const bodies: readonly ProbeCase[] = [
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
    title: "continuing what does not wait",
    script: ["response_headers: continue 0; continue 2; continue 3; continue 4; close 9; done"],
  },
  {
    title: "continuing an answer in its own callback",
    script: ["request_body_end: log x", "response_body_end: continue 1; return 0"],
    request: post,
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
    title: "a gathered body that is changed from a tick, and read after it was let go",
    script: [
      "request_headers: return 1",
      "request_body_return: 1",
      "request_body_end: tick 20",
      "tick: tick 0; effective; setbody 0 0 99 other; bodysize 0; continue 0; bodysize 0",
    ],
    request: chunked,
  },
  {
    title: "a gathered body that is added to in the trailers callback",
    script: [
      "request_headers: return 1",
      "request_body_return: 1",
      "request_trailers: setbody 0 99 0 more; body 0 0 99; return 0",
    ],
    request: { method: "POST", body: "x", trailers: [["t", "1"]] },
  },
  ...[0, 1, 2, 3].map((status): ProbeCase => ({
    title: `going on from within a body's last callback, and answering ${status}`,
    script: [
      "request_headers: return 1",
      "request_body: setbody 0 0 999 _",
      "request_body_return: 2",
      `request_body_end: setbody 0 0 0 back; continue 0; return ${status}`,
    ],
    request: chunked,
  })),
];
