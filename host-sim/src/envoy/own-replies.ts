/** What does the filter manager answer where a stream can't go on? */
import type { LocalReply } from "./filter.ts";

const own = (code: number, body: string, details: string): LocalReply => ({
  code,
  body,
  headers: [],
  grpcStatus: undefined,
  details,
});

/** More of the request is held than may be, by a filter that wants all of it. */
export const requestTooLarge = own(413, "Payload Too Large", "request_payload_too_large");

export const responseTooLarge = own(500, "Internal Server Error", "response_payload_too_large");

/** A filter took away, or spoilt, what every answer needs. */
export function badResponseHeaders(problem: string): LocalReply {
  const details = `filter_removed_required_response_headers{${problem.replaceAll(" ", "_")}}`;
  return own(502, problem, details);
}
