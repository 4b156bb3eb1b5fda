/** How is a file replaced so that a reader, or a crash, sees the old one or the new one and nothing between? */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** Written beside its place, forced to disk, then renamed: a rename in one folder is atomic (POSIX rename(2)). */
export function writeFileAtomically(
  path: string,
  content: string | Uint8Array,
  mode = 0o600,
): void {
  const half = join(dirname(path), `.${basename(path)}.${process.pid}.half`);
  try {
    const file = openSync(half, "w", mode);
    try {
      const bytes = typeof content === "string" ? Buffer.from(content) : content;
      let written = 0;
      while (written < bytes.byteLength) written += writeSync(file, bytes, written);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(half, path);
  } catch (error) {
    rmSync(half, { force: true });
    throw error;
  }
}
