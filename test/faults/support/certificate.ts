/** With which certificate does a faulty node speak TLS? That of all tests: the gateways take any. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

const FOLDER = join(import.meta.dirname, "../../fixtures/tls");

export const certificate = (): { cert: Buffer; key: Buffer } => ({
  cert: readFileSync(join(FOLDER, "cert.pem")),
  key: readFileSync(join(FOLDER, "key.pem")),
});
