/** What does the host answer about streams: headers, bodies, continuing, local replies? */
import { Find, require } from "../find.ts";
import { BufferType, MapType, Status } from "./abi.ts";
import type { Exchange } from "./exchange.ts";
import { parsePairs, type Pair } from "./pairs.ts";
import type { Hostcalls } from "./vm.ts";
import type { World } from "./world.ts";

export function streamHostcalls(world: World): Hostcalls {
  return { ...reading(world), ...writing(world), ...changing(world), ...acting(world) };
}

function reading(world: World): Hostcalls {
  const { vm } = world;
  return {
    proxy_get_header_map_pairs(type: number, data: number, size: number) {
      const bytes = world.maps.get(type);
      if (bytes === undefined) return Status.BadArgument;
      const status = world.fault(`pairs ${type}`);
      if (status === Status.Ok) vm.give(bytes, data, size);
      return status;
    },
    proxy_get_buffer_bytes(type: number, start: number, most: number, data: number, size: number) {
      const bytes = world.buffer(type);
      if (bytes === undefined) return Status.NotFound;
      const status = world.fault(`buffer ${type}`);
      const from = start >>> 0;
      if (status === Status.Ok) vm.give(bytes.subarray(from, from + (most >>> 0)), data, size);
      return status;
    },
    proxy_get_buffer_status(type: number, size: number) {
      const bytes = world.buffer(type);
      if (bytes !== undefined) vm.setU32(size, bytes.length);
      return bytes === undefined ? Status.NotFound : Status.Ok;
    },
  };
}

/** As Envoy changes buffers: a request's at any time that it is not the gateway's own. */
function writing(world: World): Hostcalls {
  const { vm } = world;
  return {
    proxy_set_buffer_bytes(type: number, start: number, most: number, at: number, size: number) {
      const exchange = world.exchanges.get(world.effective);
      if (type !== BufferType.RequestBody || exchange === undefined) return Status.BadArgument;
      const status = world.fault("proxy_set_buffer_bytes");
      if (status !== Status.Ok) {
        exchange.isBodyBroken = true;
        return status;
      }
      world.buffer(type);
      const isSet = exchange.request.body!.set(start >>> 0, most >>> 0, vm.read(at, size));
      return isSet ? Status.Ok : Status.BadArgument;
    },
  };
}

/** Headers can be changed in their own callback, and while they are held. */
function changing(world: World): Hostcalls {
  const { vm } = world;
  const change = (type: number, act: (headers: Pair[]) => Pair[]): number => {
    const exchange = world.exchanges.get(world.effective);
    const way = type === MapType.ResponseHeaders ? exchange?.response : exchange?.request;
    const isTrailers = type === MapType.RequestTrailers;
    const isReachable = isTrailers
      ? way?.trailersCalled && way.endHeld
      : way?.headHeld || world.maps.has(type);
    if (exchange === undefined || !way || !isReachable) return Status.BadArgument;
    const status = world.fault("change headers");
    if (status !== Status.Ok) return status;
    const changed = exchange.changed.get(type) ?? [
      ...(isTrailers ? way.message.trailers! : way.message.headers),
    ];
    exchange.changed.set(type, act(changed));
    return Status.Ok;
  };
  return {
    proxy_add_header_map_value(
      type: number,
      key: number,
      keySize: number,
      value: number,
      size: number,
    ) {
      const pair: Pair = [vm.text(key, keySize), vm.text(value, size)];
      return change(type, (headers) => [...headers, pair]);
    },
    proxy_replace_header_map_value(
      type: number,
      key: number,
      keySize: number,
      value: number,
      size: number,
    ) {
      const name = vm.text(key, keySize);
      const text = vm.text(value, size);
      const body = world.exchanges.get(world.effective)?.request.body;
      // The router obeys it: nothing is kept for sending it again.
      const mayForbid = type === MapType.RequestHeaders && name === "x-envoy-max-retries";
      if (mayForbid && body) body.isKept = false;
      return change(type, (headers) => {
        const at = headers.findIndex(([one]) => one === name);
        if (at < 0) return [...headers, [name, text]];
        return headers
          .filter(([one], i) => one !== name || i === at)
          .map((pair, i) => (i === at ? [name, text] : pair));
      });
    },
    proxy_remove_header_map_value(type: number, key: number, keySize: number) {
      const name = vm.text(key, keySize);
      return change(type, (headers) => headers.filter(([one]) => one !== name));
    },
  };
}

/** In Envoy these take effect after the running callback; as the policy can't see it, here they do at once. */
function acting(world: World): Hostcalls {
  const { vm } = world;
  const target = (what: string): Exchange => {
    const exchange = world.exchanges.get(world.effective);
    if (exchange === undefined) throw new Find(`${what} on no stream`, String(world.effective));
    require(!exchange.isAnswered || what === "close", `${what} after a local reply`, () =>
      exchange.mark);
    return exchange;
  };
  return {
    proxy_continue_stream(type: number) {
      const exchange = target("continue");
      require(world.called !== exchange.id, "continue in its own callback", () => exchange.mark);
      const status = world.fault("proxy_continue_stream");
      if (status === Status.Ok) world.resume(exchange, type === 1);
      return status;
    },
    proxy_close_stream() {
      target("close").closed = true;
      return Status.Ok;
    },
    proxy_send_local_response(
      ...[code, details, detailsSize, body, bodySize, headers, headersSize, grpcStatus]: number[]
    ) {
      const exchange = target("local reply");
      const status = world.fault("proxy_send_local_response");
      if (status !== Status.Ok) return status;
      world.reply(exchange, {
        status: code!,
        details: vm.text(details!, detailsSize!),
        headers: parsePairs(vm.read(headers!, headersSize!)),
        body: vm.text(body!, bodySize!),
        grpcStatus: grpcStatus!,
      });
      return Status.Ok;
    },
  };
}
