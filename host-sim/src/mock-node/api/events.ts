/** How does the page hear of news at once (`GET /api/events`, server-sent events)? */
import type { Journal, JournalEvent } from "../journal/journal.ts";

/** A page that reads nothing any more is dropped, instead of its news piling up here. */
const MAX_QUEUED = 2000;
const MAX_STREAMS = 100;
const HEARTBEAT_MS = 15_000;

export class EventStreams {
  readonly #journal: Journal;
  readonly #open = new Set<() => void>();

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  get full(): boolean {
    return this.#open.size >= MAX_STREAMS;
  }

  response(): Response {
    const encoder = new TextEncoder();
    let end = (): void => undefined;
    const stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          const send = (text: string): void => {
            if ((controller.desiredSize ?? 0) <= 0) return end();
            controller.enqueue(encoder.encode(text));
          };
          const stopListening = this.#journal.listen((event) => send(eventText(event)));
          const heartbeat = setInterval(() => send(": still here\n\n"), HEARTBEAT_MS);
          heartbeat.unref();
          end = () => {
            if (!this.#open.delete(end)) return;
            clearInterval(heartbeat);
            stopListening();
            controller.close();
          };
          this.#open.add(end);
          send(
            `retry: 1000\nevent: hello\ndata: ${JSON.stringify({ seq: this.#journal.seq })}\n\n`,
          );
        },
        cancel: () => end(),
      },
      { highWaterMark: MAX_QUEUED },
    );
    const headers = { "content-type": "text/event-stream", "cache-control": "no-store" };
    return new Response(stream, { headers });
  }

  close(): void {
    for (const end of this.#open) end();
  }
}

/** JSON has no raw line ends, so one data line is enough. A message is told without its body. */
function eventText(event: JournalEvent): string {
  if (event.kind === "cleared") return "event: cleared\ndata: {}\n\n";
  const { entry } = event;
  const data = "body" in entry ? { ...entry, body: { bytes: entry.body.bytes } } : entry;
  return `id: ${entry.seq}\nevent: ${event.kind}\ndata: ${JSON.stringify(data)}\n\n`;
}
