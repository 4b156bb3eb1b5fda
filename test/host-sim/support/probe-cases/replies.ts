/** What becomes of a filter's own answers, and of streams that it closes? */
import { post, type ProbeCase } from "./probe-case.ts";

export const replies: readonly ProbeCase[] = [
  {
    title: "a reply to the headers",
    script: [
      "request_headers: reply 403 no x-a=1,X-B=2; reply 500 second",
      "response_headers: pairs 2; add 2 seen yes",
      "response_body_end: body 1 0 99",
    ],
  },
  {
    title: "a reply without a body",
    script: ["request_headers: reply 204 _ content-type=a/b,content-length=7"],
  },
  {
    title: "a reply and then continue",
    script: ["request_headers: reply 403 no; return 0"],
    request: post,
  },
  { title: "a reply to a body", script: ["request_body: reply 413 big; return 0"], request: post },
  {
    title: "a reply to a held body",
    script: [
      "request_headers: return 1",
      "request_body_return: 1",
      "request_body_end: reply 401 no",
    ],
    request: post,
  },
  {
    title: "a reply to the answer's headers",
    script: ["response_headers: reply 502 bad x=y; return 0"],
    request: post,
  },
  { title: "a reply in the answer's body", script: ["response_body: reply 502 bad"] },
  {
    title: "a reply in the answer's body behind held headers",
    script: [
      "response_headers: return 1",
      "response_body_return: 1",
      "response_body_end: reply 502 bad",
    ],
  },
  {
    title: "a reply to HEAD",
    script: ["request_headers: reply 403 no"],
    request: { method: "HEAD" },
  },
  {
    title: "a reply to gRPC",
    script: ["request_headers: reply 403 no_entry%"],
    request: {
      method: "POST",
      headers: [
        ["content-type", "application/grpc"],
        ["te", "trailers"],
      ],
      body: "x",
    },
  },
  {
    title: "a reply to gRPC with a status",
    script: ["request_headers: reply 200 _ - 5"],
    request: { method: "POST", headers: [["content-type", "application/grpc+proto"]], body: "x" },
  },
  { title: "a closed stream", script: ["request_headers: close 0; return 1"] },
  { title: "a closed answer", script: ["response_headers: close 1; return 1"] },
  {
    title: "an answer of its own to a request that was bad",
    script: ["request_headers: reply 400 no"],
  },
  {
    title: "a reply and a continue",
    script: ["request_headers: reply 403 no; continue 0; return 1"],
    request: post,
  },
];
