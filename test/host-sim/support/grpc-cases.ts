/** Which gRPC calls and streams are compared with real Envoy? One line of script a callback; see modules/grpc-probe.as.ts. */

export interface GrpcCase {
  readonly title: string;
  readonly script: readonly string[];
}

const once = (title: string, first: string): GrpcCase => ({
  title,
  script: [`headers: ${first}`, "message1: resume", "closed: resume"],
});
const streamTo = (title: string, first: string): GrpcCase => ({
  title,
  script: [`headers: ${first}`, "closed: resume"],
});

export const cases: readonly GrpcCase[] = [
  once("a call", "call grpc Echo - hello 1000"),
  once("a call without time-out, which the service is told", "call odd Split - x 0"),
  once("a call of an empty message", "call grpc Echo - - 1000"),
  once("a call of a long message", "call grpc Echo - 300000 5000"),
  once("a call that tells what it was sent", "call grpc Metadata x-a=1,x-b=2,x-a=3 m 1000"),
  once("a call with binary metadata", "call grpc Metadata x-data-bin=abc m 123456"),
  once("a call that fails", "call grpc Fail - x 1000"),
  once("a call of a method that is not there", "call grpc Nothing - x 1000"),
  once("a call to silence", "call odd Silent - x 100"),
  once("a call whose answer does not end", "call odd SilentLater - x 100"),
  once("a call to a cluster by its serialized service", "serialized grpc Echo"),
  once("a call to a closed port", "call refusing Echo - x 1000"),
  once("a call that is reset", "call odd Reset - x 1000"),
  once("a call that is refused", "call odd Refuse - x 1000"),
  once("a call that is ended and reset", "call odd ResetLater - x 1000"),
  once("a call that is reset in the middle", "call resetting Echo - x 1000"),
  once("a call whose connection is cut", "call odd CutOffEarly - x 1000"),
  once("a call answered 404", "call odd NotFound - x 1000"),
  once("a call answered 503 with a text", "call odd Unavailable - x 1000"),
  once("a call without trailers", "call odd NoTrailers - x 1000"),
  once("a call answered by trailers only", "call odd TrailersOnly - x 1000"),
  once("a call whose trailers have no status", "call odd NoStatus - x 1000"),
  once("a call whose status is no number", "call odd OddStatus - x 1000"),
  once("a call that is fine and brings no message", "call odd EmptyOk - x 1000"),
  once("a call whose answer is compressed", "call odd Compressed - x 1000"),
  once("a call whose answer has unknown flags", "call odd OddFlags - x 1000"),
  once("a call to a server of HTTP/1", "call web Echo - x 1000"),
  {
    title: "calls that can't be begun",
    script: ["headers: call nowhere Echo - x 1000; stream nowhere Chat -; resume"],
  },
  {
    title: "a serialized service of an unknown cluster",
    script: ["headers: serialized nowhere Echo; resume"],
  },
  {
    title: "tokens that are none",
    script: [
      "headers: cancel 1; cancel 2; cancel 3; cancel 4; close 1; close 2; close 3; close 4; sendto 1; sendto 2; sendto 3; sendto 4; resume",
    ],
  },
  {
    title: "a call that is cancelled at once",
    script: ["headers: call grpc Echo - x 1000; cancel; cancel; close; send x go; resume"],
  },
  {
    title: "a call that is closed at once",
    script: ["headers: call grpc Echo - x 1000; close; close; resume"],
  },
  {
    title: "a call that ends its token",
    script: ["headers: call grpc Echo - x 1000", "message1: cancel; close; resume"],
  },
  {
    title: "a stream of messages",
    script: [
      "headers: stream grpc Chat x-a=1; send one go",
      "message1: send two go",
      "message2: send three end",
      "closed: resume",
    ],
  },
  {
    title: "a stream that is closed without a message",
    script: ["headers: stream grpc Chat -; close; send late go; close", "closed: close; resume"],
  },
  {
    title: "a stream whose token is used after its end",
    script: [
      "headers: stream grpc Chat -; send one end",
      "closed: send late go; close; cancel; close; resume",
    ],
  },
  {
    title: "a stream that is closed locally, then by the server",
    script: ["headers: stream grpc Chat -; send one go; close", "closed: close; cancel; resume"],
  },
  {
    title: "a stream that is cancelled in a callback",
    script: [
      "headers: stream grpc Chat -; send one go",
      "message1: cancel; cancel; close; send x go; resume",
    ],
  },
  {
    title: "many messages at once",
    script: ["headers: stream grpc Many -; send 7 end", "closed: resume"],
  },
  {
    title: "a long message on a stream",
    script: ["headers: stream grpc Chat -; send 300000 end", "closed: resume"],
  },
  {
    title: "a stream that the server ends",
    script: ["headers: stream grpc Quit -; send one go", "closed: send two go; resume"],
  },
  streamTo("a stream of a method that is not there", "stream grpc Nothing -; send x go"),
  streamTo("a stream to a closed port", "stream refusing Chat -; send x go"),
  streamTo("a stream that is reset", "stream odd Reset -"),
  streamTo("a stream that is refused", "stream odd Refuse -"),
  streamTo("a stream that is ended and reset", "stream odd ResetLater -"),
  streamTo("a stream that is reset in the middle", "stream resetting Chat -"),
  streamTo("a stream whose connection is cut", "stream odd CutOff -"),
  streamTo("a stream whose connection is cut before an answer", "stream odd CutOffEarly -"),
  streamTo("a stream answered 404", "stream odd NotFound -"),
  streamTo("a stream answered 503 with a text", "stream odd Unavailable -"),
  streamTo("a stream without trailers", "stream odd NoTrailers -"),
  streamTo("a stream answered by trailers only", "stream odd TrailersOnly -"),
  streamTo("a stream whose trailers have no status", "stream odd NoStatus -"),
  streamTo("a stream whose answer is compressed", "stream odd Compressed -"),
  streamTo("messages in pieces", "stream odd Split -"),
];
