/**
 * Which callbacks does a guest get for one stream, and what do their answers mean? One context a stream and plugin: an HTTP
 * filter to the filter manager.
 */
import { DataStatus, HeadersStatus, TrailersStatus } from "../wasm/abi.ts";
import type { BodyBuffer } from "./body-buffer.ts";
import type { ContextHost } from "./context-host.ts";
import type { FilterCallbacks, LoggedHeaders, StreamFilter } from "./filter.ts";
import type { HeaderMap } from "./header-map.ts";
import type { Reach } from "./reach.ts";
import type { RootContext } from "./root-context.ts";
import { StreamHostcalls } from "./stream-hostcalls.ts";

const lastHeadersStatus = HeadersStatus.StopAllIterationAndWatermark;

export class StreamContext extends StreamHostcalls implements StreamFilter {
  private created = false;
  private destroyed = false;
  private failureReplied = false;
  private readonly onEnd: () => void;

  constructor(vm: ContextHost, root: RootContext, callbacks: FilterCallbacks, onEnd: () => void) {
    super(vm, root, callbacks);
    this.onEnd = onEnd;
  }

  get name(): string {
    return this.plugin.name;
  }

  // Callbacks of the filter manager

  decodeHeaders(headers: HeaderMap, endStream: boolean): number {
    this.create();
    this.request.headers = headers;
    this.endOfStream = endStream;
    const status = this.headersCallback("proxy_on_request_headers", headers, endStream);
    if (status === HeadersStatus.Continue) this.request.headers = null;
    return status;
  }

  decodeData(data: BodyBuffer, endStream: boolean): number {
    return this.dataCallback("proxy_on_request_body", this.request, data, endStream);
  }

  decodeTrailers(trailers: HeaderMap): number {
    return this.trailersCallback("proxy_on_request_trailers", this.request, trailers);
  }

  encodeHeaders(headers: HeaderMap, endStream: boolean): number {
    if (!this.created || this.failureReplied) return HeadersStatus.Continue;
    this.response.headers = headers;
    this.endOfStream = endStream;
    const status = this.headersCallback("proxy_on_response_headers", headers, endStream);
    if (status === HeadersStatus.Continue) this.response.headers = null;
    return status;
  }

  encodeData(data: BodyBuffer, endStream: boolean): number {
    if (this.failureReplied) return DataStatus.Continue;
    return this.dataCallback("proxy_on_response_body", this.response, data, endStream);
  }

  encodeTrailers(trailers: HeaderMap): number {
    if (this.failureReplied) return TrailersStatus.Continue;
    return this.trailersCallback("proxy_on_response_trailers", this.response, trailers);
  }

  private create(): void {
    if (!this.created) {
      this.vm.callback(() =>
        this.vm.guest.call(this, "proxy_on_context_create", this.id, this.root.id),
      );
    }
    this.created = true;
  }

  private headersCallback(name: string, headers: HeaderMap, endStream: boolean): number {
    const { guest } = this.vm;
    const args = guest.abi === "0.1.0" ? [headers.size] : [headers.size, Number(endStream)];
    return this.ask(name, args, HeadersStatus.Continue, lastHeadersStatus, (answer) => {
      if (guest.stopIteration || answer > lastHeadersStatus) return lastHeadersStatus;
      const held = answer === HeadersStatus.StopIteration;
      return held && !this.plugin.allowOnHeadersStopIteration ? lastHeadersStatus : answer;
    });
  }

  private dataCallback(name: string, reach: Reach, data: BodyBuffer, endStream: boolean): number {
    if (!this.created) return DataStatus.Continue;
    const gathered = reach.gathering;
    if (gathered) {
      reach.path.addData(data, false);
      // Too much of it may have ended the stream.
      if (this.destroyed) return DataStatus.StopIterationAndBuffer;
    }
    reach.body = data;
    this.endOfStream = endStream;
    const last = DataStatus.StopIterationNoBuffer;
    const status = reach.within("body", () => {
      const args = [reach.buffer.size, Number(endStream)];
      return this.ask(name, args, DataStatus.Continue, last, (answer) =>
        this.vm.guest.stopIteration || answer > last ? last : answer,
      );
    });
    reach.gathering = status === DataStatus.StopIterationAndBuffer;
    if (status !== DataStatus.Continue) return status;
    reach.body = null;
    // What has gathered goes on with it, and so does what a router has kept there (test/scenarios/trailers.test.ts).
    const held = reach.path.heldBody;
    if (gathered && held !== null && held !== data) data.move(held);
    return status;
  }

  private trailersCallback(name: string, reach: Reach, trailers: HeaderMap): number {
    if (!this.created) return TrailersStatus.Continue;
    reach.trailers = trailers;
    const last = TrailersStatus.StopIteration;
    const status = reach.within("trailers", () =>
      this.ask(name, [trailers.size], TrailersStatus.Continue, last, (answer) =>
        this.vm.guest.stopIteration || answer > last ? last : answer,
      ),
    );
    if (status === TrailersStatus.Continue) reach.trailers = null;
    return status;
  }

  /** Calls the guest for a status; a failed VM fails the stream, or lets it pass, as the plugin says. */
  private ask(
    name: string,
    args: readonly number[],
    open: number,
    closed: number,
    convert: (answer: number) => number,
  ): number {
    const { vm } = this;
    if (vm.failed) return this.onFailedVm(open, closed);
    if (!vm.guest.has(name)) return open;
    return vm.callback(() => {
      const answer = vm.guest.call(this, name, this.id, ...args);
      return vm.failed ? this.onFailedVm(open, closed) : convert(answer);
    });
  }

  private onFailedVm(open: number, closed: number): number {
    if (this.plugin.failurePolicy === "FAIL_OPEN") return open;
    if (!this.failureReplied) {
      this.failureReplied = true;
      const details = "wasm_fail_stream";
      this.callbacks.sendLocalReply({ code: 503, body: "", headers: [], grpcStatus: 14, details });
    }
    return closed;
  }

  // The end

  onLog(headers: LoggedHeaders): void {
    // Envoy may answer before the filter saw anything: the context begins here, only to log.
    this.create();
    this.logged = headers;
    this.vm.callback(() => this.vm.guest.call(this, "proxy_on_log", this.id));
    this.logged = null;
  }

  onDestroy(): void {
    if (!this.destroyed && this.created) {
      this.destroyed = true;
      this.vm.callback(() => this.vm.guest.call(this, "proxy_on_done", this.id));
      this.vm.callback(() => this.vm.guest.call(this, "proxy_on_delete", this.id));
    }
    this.vm.contexts.delete(this.id);
    this.onEnd();
  }
}
