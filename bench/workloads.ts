/** Which requests do clients send? */
export interface Workload {
  readonly name: string;
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly bodyBytes: number;
  /** More headers, or others in the place of those of the same name. */
  readonly headers?: Readonly<Record<string, string>>;
}

export const WORKLOADS: readonly Workload[] = [
  { name: "GET, 12 headers", method: "GET", path: "/orders/42?expand=lines", bodyBytes: 0 },
  { name: "POST 1 KB", method: "POST", path: "/orders", bodyBytes: 1024 },
  { name: "POST 64 KB, 16 KB back", method: "POST", path: "/large/orders", bodyBytes: 65_536 },
];

/** With host, which wrk adds, there are twelve; a body brings content-type and content-length. */
const HEADERS: Readonly<Record<string, string>> = {
  "user-agent":
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0",
  accept: "application/json, text/plain, */*",
  "accept-encoding": "gzip, deflate, br",
  "accept-language": "en-GB,en;q=0.9,de;q=0.8",
  authorization: "Bearer eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiI0MiIsInNjb3BlIjoib3JkZXJzIn0.c2lnbmF0dXJl",
  "cache-control": "no-cache",
  cookie: "session=8f14e45fceea167a5a36dedd4bea2543; theme=dark; consent=1",
  "if-none-match": '"33a64df551425fcc55e4d42a148795d9f25f89d4"',
  referer: "https://shop.example.com/orders?page=2&sort=date",
  "x-forwarded-for": "203.0.113.7, 198.51.100.23",
  "x-client-version": "web/4.18.2",
};

export const headersOf = (workload: Workload): Readonly<Record<string, string>> =>
  workload.bodyBytes === 0
    ? { ...HEADERS, ...workload.headers }
    : { ...HEADERS, "content-type": "application/json", ...workload.headers };

export function bodyOf(workload: Workload): string {
  const around = '{"comment":""}'.length;
  const text = "Please leave it with the neighbours. ".repeat(2000);
  return `{"comment":"${text.slice(0, workload.bodyBytes - around)}"}`;
}
