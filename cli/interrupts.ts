import type { Terminal } from './terminal.ts';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Ctrl-C reaches every process in front of the terminal, and npm forwards it to its children on top of that: what
 * comes so soon after the first is the same press.
 */
const samePressMillis = 500;

/** Ends a command on Ctrl-C, and on what else asks a process to end. */
export interface Interrupts {
  /** Aborted by the first interrupt. */
  readonly stopped: AbortSignal;
  /** Gives the signals back to what they do without us. */
  dispose(): void;
}

/** `onForce` is called when a person does not want to wait for the end. */
export function listenForInterrupts(terminal: Terminal, onForce: () => void, now = Date.now): Interrupts {
  const controller = new AbortController();
  let pressedAt = Number.NEGATIVE_INFINITY;
  const interrupt = () => {
    const again = now() - pressedAt > samePressMillis;
    if (controller.signal.aborted && again) onForce();
    if (!controller.signal.aborted) pressedAt = now();
    controller.abort();
  };
  for (const signal of signals) terminal.on(signal, interrupt);
  return {
    stopped: controller.signal,
    dispose() {
      for (const signal of signals) terminal.off(signal, interrupt);
    },
  };
}
