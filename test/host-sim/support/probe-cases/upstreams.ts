/** What does a filter see of an upstream that fails, or agrees to an upgrade? */
import { type ProbeCase } from "./probe-case.ts";

export const upstreams: readonly ProbeCase[] = [
  {
    title: "an upstream that refuses",
    script: [
      "request_headers: replace 0 x-to refuse",
      "response_headers: pairs 2; prop response.flags; prop response.code_details",
      "log: prop response.code; prop response.flags; prop response.code_details; prop upstream.transport_failure_reason",
    ],
    upstream: (response) => {
      response.destroy();
    },
  },
  {
    title: "an upstream that breaks off",
    script: ["log: prop response.code; prop response.code_details; prop response.flags"],
    upstream: (response) => {
      response.setHeader("content-length", "10");
      response.write("abc");
      setTimeout(() => response.destroy(), 50);
    },
  },
  {
    title: "an upstream that breaks off between chunks",
    script: ["log: prop response.code; prop response.code_details; prop response.flags"],
    upstream: (response) => {
      response.write("abc");
      setTimeout(() => response.destroy(), 50);
    },
  },
  {
    title: "an upstream that resets its connection",
    script: ["log: prop response.code; prop response.code_details; prop response.flags"],
    upstream: (response) => {
      response.setHeader("content-length", "10");
      response.write("abc");
      setTimeout(() => response.socket?.resetAndDestroy(), 50);
    },
  },
  {
    title: "an upstream that closes without an answer",
    script: ["log: prop response.code; prop response.code_details; prop response.flags"],
    upstream: (response) => void response.destroy(),
  },
  {
    title: "an upstream that agrees to an upgrade",
    script: ["response_headers: get 2 x-envoy-upstream-service-time; get 2 :status"],
    request: {
      headers: [
        ["connection", "upgrade"],
        ["upgrade", "websocket"],
      ],
    },
  },
];
