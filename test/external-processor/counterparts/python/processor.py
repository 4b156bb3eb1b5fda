"""An external processor on the published Python SDK, independent of this project but for its verdict rule.

Prints `listening on 127.0.0.1:PORT`, then each message that it gets as a line of JSON: {"stream": 1, "message": {…}}, the message
in protobuf's JSON form. Blocks with 403 what holds /etc/passwd in its path, in its body or in its trailers.
"""

import asyncio
import json
import os
import sys
import types

os.environ.setdefault("DD_TRACE_ENABLED", "false")
os.environ.setdefault("REVEAL_EXTPROC_CHAIN", "no")

# The SDK imports the health service under a name that no package of PyPI has.
import grpc_health.v1.health_pb2
import grpc_health.v1.health_pb2_grpc

sys.modules["grpc_health_check"] = types.ModuleType("grpc_health_check")
sys.modules["grpc_health_check.v1"] = grpc_health.v1
sys.modules["grpc_health_check.v1.health_pb2"] = grpc_health.v1.health_pb2
sys.modules["grpc_health_check.v1.health_pb2_grpc"] = grpc_health.v1.health_pb2_grpc

import grpc.aio
from envoy_extproc_sdk import BaseExtProcService
from envoy_extproc_sdk.extproc import StopRequestProcessing
from envoy_extproc_sdk.util.envoy import (
    EnvoyHeaderValue,
    EnvoyHeaderValueOption,
    EnvoyHttpStatus,
    EnvoyHttpStatusCode,
    add_ExternalProcessorServicer_to_server,
    ext_api,
)
from google.protobuf.json_format import MessageToDict

NEEDLE = b"/etc/passwd"
streams = 0


def say(line):
    print(line, flush=True)


def value_of(header):
    return header.raw_value or header.value.encode()


def block():
    response = ext_api.ImmediateResponse(
        status=EnvoyHttpStatus(code=EnvoyHttpStatusCode.Forbidden),
        headers=ext_api.HeaderMutation(
            set_headers=[
                EnvoyHeaderValueOption(header=EnvoyHeaderValue(key="x-processor", raw_value=b"counterpart"))
            ]
        ),
        body=b"blocked by the counterpart",
        details="counterpart",
    )
    raise StopRequestProcessing(response=response)


class Processor(BaseExtProcService):
    async def Process(self, request_iterator, context):
        global streams
        streams += 1
        number = streams
        observed = False

        async def recorded():
            nonlocal observed
            async for message in request_iterator:
                observed = observed or message.observability_mode
                as_dict = MessageToDict(message, preserving_proto_field_name=True)
                say(json.dumps({"stream": number, "message": as_dict}))
                yield message

        async for answer in super().Process(recorded(), context):
            if not observed:
                yield answer

    async def process_request_headers(self, headers, context, request, response):
        for header in headers.headers.headers:
            if header.key == ":path" and NEEDLE in value_of(header):
                block()
        return response

    async def process_request_body(self, body, context, request, response):
        # Across the parts of a body too.
        seen = request.get("tail", b"") + body.body
        if NEEDLE in seen:
            block()
        request["tail"] = seen[-len(NEEDLE) :]
        return response

    async def process_request_trailers(self, trailers, context, request, response):
        if any(NEEDLE in value_of(header) for header in trailers.trailers.headers):
            block()
        return response


async def main():
    server = grpc.aio.server()
    add_ExternalProcessorServicer_to_server(Processor(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    say(f"listening on 127.0.0.1:{port}")
    await server.wait_for_termination()


asyncio.run(main())
