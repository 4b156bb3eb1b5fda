/** How does a head go out before its body, byte for byte? node:http's `flushHeaders` writes it in UTF-8, beside data in latin1. */
import type { OutgoingMessage } from "node:http";

const NOTHING = Buffer.alloc(0);

export const flushHead = (message: OutgoingMessage): void => void message.write(NOTHING);
