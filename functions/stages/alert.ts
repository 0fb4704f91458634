import type { AlertChannels } from '../clients/alert-channels.ts';
import type { Documents } from '../clients/documents.ts';
import { type Alert, type AlertTarget, alertChange, alertLevels, alertTargets } from '../core/batch/alert.ts';
import { decodeBatchEvent } from '../core/batch/events.ts';
import type { ExportsCatalogue } from '../core/batch/exports-catalogue.ts';
import type { Instant } from '../core/batch/instant.ts';
import { done, type Message, type Outcome, type Stage } from '../core/stage.ts';

export interface AlertStage {
  readonly catalogue: () => Promise<ExportsCatalogue>;
  /** Of the state bucket. */
  readonly documents: Documents;
  readonly channels: AlertChannels;
}

/** What is remembered of one trouble, under `alerts/`. */
interface Trouble {
  readonly alert: Alert;
  /** Who was told of it, and how bad it was then. */
  readonly told: readonly { readonly target: AlertTarget; readonly level: Alert['level'] }[];
  /** When it ended; what happened before is told no more. Absent while it lasts. */
  readonly resolved?: Instant;
}

/**
 * Tells people of troubles of exports, and of their end. Events arrive more than once and in any order: each target is
 * told once of each trouble, again only when it has become worse, and of its end only when it was told of it.
 */
export function createAlertStage({ catalogue, documents, channels }: AlertStage): Stage {
  const raise = async (alert: Alert, at: Instant) => {
    const object = objectOf(alert.key);
    const known = await documents.read<Trouble>(object);
    if (known?.resolved !== undefined && known.resolved >= at) return;
    const told = known === undefined || known.resolved !== undefined ? [] : known.told;
    const untold = alertTargets(await catalogue(), alert).filter(
      target => !told.some(other => sameTarget(other.target, target) && rank(other.level) >= rank(alert.level)),
    );
    await eachOf(untold, async target => {
      await channels.tell(target, alert, false);
      // Written after each, so that a failure at one target repeats nothing at the others.
      await documents.change<Trouble>(object, present => {
        const before = present === undefined || present.resolved !== undefined ? [] : present.told;
        const others = before.filter(other => !sameTarget(other.target, target));
        return { alert, told: [...others, { target, level: alert.level }] };
      });
    });
  };
  const resolve = async (key: string, at: Instant) => {
    const known = await documents.read<Trouble>(objectOf(key));
    if (known === undefined || known.resolved !== undefined) return;
    await eachOf(
      known.told.map(({ target }) => target),
      target => channels.tell(target, known.alert, true),
    );
    await documents.change<Trouble>(objectOf(key), present => present && { ...present, resolved: at });
  };
  const handle = async ({ data }: Message): Promise<void> => {
    const event = decodeBatchEvent(data);
    const change = alertChange(event);
    if (change?.type === 'raise') await raise(change.alert, event.occurredAt);
    if (change?.type === 'resolve') for (const key of change.keys) await resolve(key, event.occurredAt);
  };

  return {
    async handle(messages) {
      const outcomes: Outcome[] = [];
      // One after the other: two events of one trouble in a batch must not both find it untold.
      for (const message of messages) {
        outcomes.push(
          await handle(message).then(
            () => done,
            (error: unknown) => ({ kind: 'retry', error }),
          ),
        );
      }
      return outcomes;
    },
  };
}

const objectOf = (key: string) => `alerts/${encodeURIComponent(key)}.json`;

const rank = (level: Alert['level']) => alertLevels.indexOf(level);

const sameTarget = (a: AlertTarget, b: AlertTarget) => JSON.stringify(a) === JSON.stringify(b);

/** Tries all, whatever fails; then rejects with what failed. */
async function eachOf<T>(all: readonly T[], act: (one: T) => Promise<void>): Promise<void> {
  const results = await Promise.allSettled(all.map(act));
  const failed = results.find(result => result.status === 'rejected');
  if (failed) throw failed.reason;
}
