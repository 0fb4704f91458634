import type { OpenSource } from '../../../../functions/sources/source.ts';

/** A source that reads up to where it has to wait for the first time, is cut off there, and then reads on. */
export const cutWhileRead =
  (openSource: OpenSource, cut: () => Promise<unknown> | undefined): OpenSource =>
  async (request, context) => {
    const snapshot = await openSource(request, context);
    let isCut = false;
    return {
      ...snapshot,
      read: (part, sink) =>
        snapshot.read(part, {
          writers: sink.writers,
          endRow: () => sink.endRow(),
          more: () => sink.more() && isCut,
          async ready() {
            if (!isCut) await cut();
            isCut = true;
            await sink.ready();
          },
        }),
    };
  };
