/** What do filters see and change of headers and trailers? */
import { call, chunked, go, post, type ProbeCase } from "./probe-case.ts";

export const headers: readonly ProbeCase[] = [
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
    title: "what frames a chunked body",
    script: ["request_headers: pairs 0; get 0 transfer-encoding"],
    request: chunked,
  },
  { title: "a request without a path", script: ["request_headers: remove 0 :path"] },
  {
    title: "a request without its protocol",
    script: ["request_headers: remove 0 x-forwarded-proto"],
  },
  { title: "an answer without a status", script: ["response_headers: remove 2 :status"] },
  { title: "an answer with a strange status", script: ["response_headers: replace 2 :status abc"] },
];
