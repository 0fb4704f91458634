import type { OpenSource } from '../../../../functions/sources/source.ts';

/** A source whose parts can be told apart: which ones were read, and which hang until the execution is over. */
export function watchedParts(openSource: OpenSource, hangs: (part: number) => boolean = () => false) {
  const read: number[] = [];
  const watched: OpenSource = async (request, context) => {
    const snapshot = await openSource(request, context);
    return {
      ...snapshot,
      async read(part, sink) {
        if (hangs(part)) {
          await new Promise((_, reject) => {
            const end = () => reject(context.signal.reason as Error);
            context.signal.addEventListener('abort', end);
            if (context.signal.aborted) end();
          });
        }
        await snapshot.read(part, sink);
        read.push(part);
      },
    };
  };
  return { openSource: watched, read };
}
