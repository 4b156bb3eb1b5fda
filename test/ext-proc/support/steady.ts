/** What of a stream, an answer or a request is the same each time? Ids, times and ports differ, and so may the framing of bodies. */
import type { Response } from "../../support/client.ts";
import type { Told } from "../../support/ext-proc/codec.ts";
import type { ProcessorStream } from "../../support/ext-proc/processor.ts";
import type { SeenRequest } from "../../support/upstream.ts";

/** Ids and times differ; so do ports, and where bodies are cut into messages. */
export function toldOf(stream: ProcessorStream): unknown[] {
  const told: Told[] = [];
  for (const each of stream.told) {
    const last = told.at(-1);
    if (last?.kind === each.kind && last.body && each.body) {
      const body = Buffer.concat([last.body, each.body]);
      told[told.length - 1] = { ...last, body, endOfStream: each.endOfStream };
    } else told.push(each);
  }
  return told.map(({ headers, body, attributes, ...rest }) => ({
    ...rest,
    headers: headers?.map(steady),
    body: body?.toString("latin1"),
    attributes: attributes && steadyAttributes(attributes),
  }));
}

const steady = (line: string): string =>
  line.replace(/^(x-request-id|date|x-envoy-upstream-service-time): .*/, "$1: …");

function steadyAttributes(attributes: unknown): unknown {
  const all = attributes as Record<string, { fields: Record<string, { string_value: string }> }>;
  return Object.entries(all).map(([filter, { fields }]) => [
    filter,
    Object.entries(fields)
      .map(
        ([name, { string_value: text }]) =>
          `${name}=${text.replace(/[0-9a-f]/g, "0").replace(/0+/g, "0")}`,
      )
      .sort(),
  ]);
}

export const answerOf = ({ status, headers, body }: Response): unknown => ({
  status,
  headers: headers
    .map(([name, value]) => steady(`${name}: ${value}`))
    .filter(notFraming)
    .sort(),
  body: body.toString("latin1"),
});

export const seenOf = (seen: SeenRequest | undefined): unknown =>
  seen && {
    line: `${seen.method} ${seen.path}`,
    headers: seen.headers.map(([name, value]) => steady(`${name}: ${value}`)).filter(notFraming),
    hash: seen.hash,
    trailers: seen.trailers,
  };

/** Envoy's filter may change a body, so that it takes its length away; the policy never does. */
const notFraming = (line: string): boolean =>
  !/^(content-length|transfer-encoding|connection):/.test(line);
