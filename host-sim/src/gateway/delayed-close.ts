/**
 * How is a client's connection closed so that it still gets the answer? Closing a socket with unread bytes makes the kernel
 * send a reset, which can overtake the answer. As Envoy (delayed_close_timeout, 1 s) we end our side and go on reading.
 */
import type { Socket } from "node:net";

const DELAYED_CLOSE_MS = 1_000;

/** node:http ends a connection by `destroySoon`; replaced for this one socket. */
export function closeWithDelay(socket: Socket): void {
  socket.destroySoon = () => {
    if (socket.destroyed) return;
    const timer = setTimeout(() => socket.destroy(), DELAYED_CLOSE_MS);
    socket.once("close", () => clearTimeout(timer));
    socket.once("end", () => socket.destroy());
    socket.end();
    socket.resume();
    if (socket.readableEnded) socket.destroy();
  };
}
