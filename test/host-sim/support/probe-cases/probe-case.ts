/** What is one behaviour that is compared with real Envoy? A script for the filter (modules/probe.as.ts), and who plays with it. */
import type { RequestOptions } from "../../../support/client.ts";
import type { Answer } from "../../../support/upstream.ts";

export interface ProbeCase {
  readonly title: string;
  readonly script: readonly string[];
  /** Whether StopIteration in a headers callback lets body callbacks go on; true by default. */
  readonly holding?: boolean;
  readonly request?: RequestOptions;
  readonly upstream?: Answer;
  readonly node?: Answer;
}

export const post: RequestOptions = { method: "POST", body: "hello" };
export const chunked: RequestOptions = {
  method: "POST",
  body: [Buffer.from("onetwo")],
  chunked: true,
  endApart: true,
};
/** To the cluster `node`. */
export const call = "call node :method=GET,:path=/n,:authority=n - 1000";
/** The request that asked goes on. */
export const go = "call_response: effective; continue 0";
