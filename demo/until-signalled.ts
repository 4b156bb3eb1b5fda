/** How long does a demo run, and with which exit status does it end? */

const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

export const isOnce = (): boolean => !["", "0", undefined].includes(process.env.ONCE);

export interface Show {
  /** Resolves with the exit status. */
  readonly play: () => Promise<number>;
  /** What is told to who stays. */
  readonly stay: (signalled: Promise<unknown>) => Promise<void>;
}

/** Resolves with the exit status. A signal while acts are played is a failure; while it only stays, it is the wish to end. */
export async function untilSignalled({ play, stay }: Show): Promise<number> {
  let onSignal = (_status: number): void => {};
  const signalled = new Promise<number>((resolve) => (onSignal = resolve));
  for (const [signal, status] of Object.entries(SIGNALS))
    process.on(signal, () => onSignal(status));
  // Whoever read our lines has gone: so do we.
  process.stdout.on("error", () => onSignal(SIGNALS.SIGHUP));

  let played: number | undefined;
  const showing = play().then((status) => (played = status));
  const first = await Promise.race([showing, signalled]);
  if (played === undefined || isOnce()) return first;
  await stay(signalled);
  // A promise alone does not keep a process alive; the listening API does.
  await signalled;
  return played;
}
