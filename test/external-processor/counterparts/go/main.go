// An external processor on Envoy's own generated Go types, independent of this project but for its verdict rule.
//
// Prints `listening on 127.0.0.1:PORT`, then each message that it gets as a line of JSON: {"stream": 1, "message": {…}}, the
// message in protobuf's JSON form. Blocks with 403 what holds /etc/passwd in its path, in its body or in its trailers.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log"
	"net"
	"os"
	"sync"
	"sync/atomic"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	extprocv3 "github.com/envoyproxy/go-control-plane/envoy/service/ext_proc/v3"
	typev3 "github.com/envoyproxy/go-control-plane/envoy/type/v3"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/protobuf/encoding/protojson"
)

var needle = []byte("/etc/passwd")

type processor struct {
	extprocv3.UnimplementedExternalProcessorServer
	streams atomic.Int64
	output  sync.Mutex
}

func (p *processor) Process(stream extprocv3.ExternalProcessor_ProcessServer) error {
	number := p.streams.Add(1)
	var tail []byte
	for {
		request, err := stream.Recv()
		if err != nil {
			return nil // the gateway ended the stream
		}
		p.record(number, request)
		answer := answerTo(request, &tail)
		if request.GetObservabilityMode() {
			continue
		}
		if err := stream.Send(answer); err != nil {
			return nil
		}
	}
}

func (p *processor) record(number int64, request *extprocv3.ProcessingRequest) {
	message, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(request)
	if err != nil {
		log.Fatal(err)
	}
	line, err := json.Marshal(map[string]any{"stream": number, "message": json.RawMessage(message)})
	if err != nil {
		log.Fatal(err)
	}
	p.output.Lock()
	defer p.output.Unlock()
	fmt.Fprintln(os.Stdout, string(line))
}

func answerTo(request *extprocv3.ProcessingRequest, tail *[]byte) *extprocv3.ProcessingResponse {
	switch part := request.GetRequest().(type) {
	case *extprocv3.ProcessingRequest_RequestHeaders:
		if bytes.Contains(valueOf(part.RequestHeaders.GetHeaders(), ":path"), needle) {
			return block()
		}
		return &extprocv3.ProcessingResponse{Response: &extprocv3.ProcessingResponse_RequestHeaders{
			RequestHeaders: &extprocv3.HeadersResponse{}}}
	case *extprocv3.ProcessingRequest_RequestBody:
		// Across the parts of a body too.
		seen := append(*tail, part.RequestBody.GetBody()...)
		if bytes.Contains(seen, needle) {
			return block()
		}
		*tail = bytes.Clone(seen[max(0, len(seen)-len(needle)):])
		return &extprocv3.ProcessingResponse{Response: &extprocv3.ProcessingResponse_RequestBody{
			RequestBody: &extprocv3.BodyResponse{}}}
	case *extprocv3.ProcessingRequest_RequestTrailers:
		for _, header := range part.RequestTrailers.GetTrailers().GetHeaders() {
			if bytes.Contains(header.GetRawValue(), needle) {
				return block()
			}
		}
		return &extprocv3.ProcessingResponse{Response: &extprocv3.ProcessingResponse_RequestTrailers{
			RequestTrailers: &extprocv3.TrailersResponse{}}}
	case *extprocv3.ProcessingRequest_ResponseHeaders:
		return &extprocv3.ProcessingResponse{Response: &extprocv3.ProcessingResponse_ResponseHeaders{
			ResponseHeaders: &extprocv3.HeadersResponse{}}}
	case *extprocv3.ProcessingRequest_ResponseBody:
		return &extprocv3.ProcessingResponse{Response: &extprocv3.ProcessingResponse_ResponseBody{
			ResponseBody: &extprocv3.BodyResponse{}}}
	default:
		return &extprocv3.ProcessingResponse{Response: &extprocv3.ProcessingResponse_ResponseTrailers{
			ResponseTrailers: &extprocv3.TrailersResponse{}}}
	}
}

func valueOf(headers *corev3.HeaderMap, name string) []byte {
	for _, header := range headers.GetHeaders() {
		if header.GetKey() == name {
			return header.GetRawValue()
		}
	}
	return nil
}

func block() *extprocv3.ProcessingResponse {
	return &extprocv3.ProcessingResponse{Response: &extprocv3.ProcessingResponse_ImmediateResponse{
		ImmediateResponse: &extprocv3.ImmediateResponse{
			Status: &typev3.HttpStatus{Code: typev3.StatusCode_Forbidden},
			Headers: &extprocv3.HeaderMutation{SetHeaders: []*corev3.HeaderValueOption{{
				Header: &corev3.HeaderValue{Key: "x-processor", RawValue: []byte("counterpart")},
			}}},
			Body:    []byte("blocked by the counterpart"),
			Details: "counterpart",
		}}}
}

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	server := grpc.NewServer()
	extprocv3.RegisterExternalProcessorServer(server, &processor{})
	healthv1.RegisterHealthServer(server, health.NewServer())
	fmt.Printf("listening on %s\n", listener.Addr())
	log.Fatal(server.Serve(listener))
}
