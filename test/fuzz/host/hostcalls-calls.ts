/** What does the host answer when the policy calls a node, over HTTP or gRPC? */
import { Status } from "./abi.ts";
import type { GrpcStream } from "./calls.ts";
import { parsePairs } from "./pairs.ts";
import type { Hostcalls } from "./vm.ts";
import type { World } from "./world.ts";

/** Calls are made by the root context, whoever makes them. */
const rootOf = (world: World): number =>
  world.exchanges.get(world.effective)?.rootId ?? world.effective;
/** Envoy counts tokens up in steps of four. */
const newToken = (world: World): number => (world.vm.nextToken += 4);

export function callHostcalls(world: World): Hostcalls {
  return { ...http(world), ...grpc(world), ...grpcStreams(world) };
}

function http(world: World): Hostcalls {
  const { vm } = world;
  return {
    proxy_http_call(...args: number[]) {
      const [cluster, clusterSize, headers, headersSize, body, bodySize, , , timeoutMs, result] =
        args as [
          ...[number, number, number, number, number, number, number, number, number, number],
        ];
      const told = {
        headers: parsePairs(vm.read(headers, headersSize)),
        body: vm.read(body, bodySize),
      };
      const status = world.fault("proxy_http_call");
      if (status !== Status.Ok) {
        world.witness.onCallRefused(told);
        return status;
      }
      const token = newToken(world);
      const name = vm.text(cluster, clusterSize);
      const call = {
        kind: "http",
        token,
        rootId: rootOf(world),
        cluster: name,
        ...told,
        timeoutMs,
        ticks: 0,
        isAnswered: false,
      } as const;
      world.calls.http.set(token, { ...call });
      world.calls.made++;
      world.witness.onHttpCall(world.calls.http.get(token)!);
      vm.setU32(result, token);
      return Status.Ok;
    },
  };
}

function open(world: World, service: string, method: string, isUnary: boolean): GrpcStream {
  const token = newToken(world);
  const state = { ticks: 0, isClosed: false, isEnded: false, isCancelled: false };
  const stream: GrpcStream = {
    kind: "grpc",
    token,
    rootId: rootOf(world),
    service,
    method,
    isUnary,
    ...state,
  };
  world.calls.grpc.set(token, stream);
  world.calls.made++;
  return stream;
}

function grpc(world: World): Hostcalls {
  const { vm } = world;
  return {
    proxy_grpc_call(...args: number[]) {
      const status = world.fault("proxy_grpc_call");
      if (status !== Status.Ok) return status;
      const [, , service, serviceSize, method, methodSize, , , , , , result] = args;
      const call = open(
        world,
        vm.text(service!, serviceSize!),
        vm.text(method!, methodSize!),
        true,
      );
      vm.setU32(result!, call.token);
      return Status.Ok;
    },
    proxy_get_status(code: number, message: number, size: number) {
      const status = world.fault("proxy_get_status");
      if (status !== Status.Ok) return status;
      vm.setU32(code, world.grpcStatus.code);
      vm.give(Buffer.from(world.grpcStatus.message, "latin1"), message, size);
      return Status.Ok;
    },
  };
}

function grpcStreams(world: World): Hostcalls {
  const { vm } = world;
  const find = (token: number): GrpcStream | undefined => {
    const stream = world.calls.grpc.get(token);
    return stream?.isCancelled ? undefined : stream;
  };
  return {
    proxy_grpc_stream(...args: number[]) {
      const status = world.fault("proxy_grpc_stream");
      if (status !== Status.Ok) {
        world.witness.onGrpcRefused();
        return status;
      }
      const [, , service, serviceSize, method, methodSize, , , result] = args;
      const stream = open(
        world,
        vm.text(service!, serviceSize!),
        vm.text(method!, methodSize!),
        false,
      );
      vm.setU32(result!, stream.token);
      return Status.Ok;
    },
    proxy_grpc_send(token: number, message: number, size: number) {
      const stream = find(token);
      if (stream === undefined || stream.isClosed) return Status.BadArgument;
      const status = world.fault("proxy_grpc_send");
      if (status !== Status.Ok) {
        world.witness.onGrpcRefused();
        return status;
      }
      world.witness.onGrpcSend(stream, vm.read(message, size));
      return Status.Ok;
    },
    proxy_grpc_cancel(token: number) {
      const stream = find(token);
      if (stream === undefined) return Status.NotFound;
      stream.isCancelled = true;
      world.witness.onGrpcCancel(stream);
      return Status.Ok;
    },
    proxy_grpc_close(token: number) {
      const stream = find(token);
      if (stream === undefined) return Status.NotFound;
      stream.isClosed = true;
      if (stream.isUnary) stream.isCancelled = true;
      return Status.Ok;
    },
  };
}
