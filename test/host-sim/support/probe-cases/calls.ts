/** What becomes of a filter's HTTP calls, and of their answers? */
import { call, chunked, go, post, type ProbeCase } from "./probe-case.ts";

export const calls: readonly ProbeCase[] = [
  {
    title: "a call whose answer releases the held body",
    script: [
      "request_headers: return 1",
      "request_body_return: 1",
      `request_body_end: ${call}; return 1`,
      "call_response: pairs 6; body 4 0 99; mapsize 6; get 6 content-type; effective; body 0 0 99; continue 0",
    ],
    request: chunked,
  },
  {
    title: "a call whose answer blocks the request",
    script: [
      `request_headers: ${call}; return 1`,
      "call_response: effective; reply 403 blocked a=b,content-type=x/y; reply 404 again",
    ],
    request: post,
  },
  {
    title: "calls that are refused at once",
    script: [
      "request_headers: call nowhere :method=GET,:path=/,:authority=a - 100; call node :path=/,:authority=a - 100; call node :method=GET,:authority=a - 100; call node :method=GET,:path=/ - 100; call empty :method=GET,:path=/,:authority=a - 100; call node - - 100; call node :method=GET,:path=/,:authority=a - -1",
    ],
  },
  {
    title: "a call to a host that refuses connections",
    script: [
      "request_headers: call refusing :method=GET,:path=/,:authority=a - 1000; return 1",
      "call_response: get 6 :status; get 6 content-type; get 6 content-length; body 4 0 999; status; effective; continue 0",
    ],
  },
  {
    title: "a call that is not answered in time",
    script: [
      "request_headers: call node :method=GET,:path=/,:authority=a - 300; return 1",
      "call_response: pairs 6; body 4 0 999; status; effective; continue 0",
    ],
    node: () => {},
  },
  {
    title: "a call whose answer breaks off",
    script: [
      "request_headers: call node :method=GET,:path=/,:authority=a - 3000; return 1",
      "call_response: pairs 6; get 6 :status; body 4 0 999; status; effective; continue 0",
    ],
    node: (response) => {
      response.setHeader("content-length", "100");
      response.write("half");
      setTimeout(() => response.destroy(), 50);
    },
  },
  {
    title: "what a call sends",
    script: [
      "request_headers: call node :method=POST,:path=/p,:authority=auth,host=hh,x=1,x=2 some_body 1000; return 1",
      go,
    ],
    node: (response, seen) => {
      response.end(JSON.stringify(seen.headers));
    },
  },
  {
    title: "what a call's node gets to see",
    script: [
      "request_headers: call node :method=POST,:path=/p,:authority=auth,x=1,x=2 some_body 1000; return 1",
      "call_response: body 4 0 2000; effective; continue 0",
    ],
    node: (response, seen) => {
      response.end(
        `${seen.method} ${seen.path} ${JSON.stringify(seen.headers)} ${seen.start.toString()}`,
      );
    },
  },
  {
    title: "an HTTP call of an answer's callback",
    script: [`response_headers: ${call}; return 4`, "call_response: effective; continue 1"],
  },
];
