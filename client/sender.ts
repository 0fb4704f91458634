import { OnrampError } from '../functions/core/errors.ts';
import type { Batch, Topic } from './batch.ts';
import { BufferPool } from './buffer-pool.ts';
import { type Channel, openChannel } from './channel.ts';
import { createDelivery } from './delivery.ts';
import { endWithProcess } from './end-with-process.ts';
import { Lane } from './lane.ts';
import type { Settings } from './options.ts';
import type { Receipt } from './receipt.ts';
import { replaySpool } from './spool/replay.ts';
import { Spool } from './spool/spool.ts';
import type { WireMessage } from './wire.ts';

/** Batches without ordering key that are on their way at a time, per topic. */
const parallel = 8;
/** How long a replay that is on its way may take when the publisher is closed. */
const replayGraceMillis = 1000;

/** Holds messages until they are safe: gathers, sends, spools and counts them. */
export class Sender {
  readonly #settings: Settings;
  readonly #channel: Channel = openChannel();
  readonly #pool = new BufferPool();
  readonly #lanes = new Map<string, Lane>();
  readonly #hurry = new AbortController();
  readonly #stopReplay = new AbortController();
  readonly #opening: Promise<Spool> | undefined;
  readonly #deliver: (batch: Batch) => Promise<void>;
  readonly #leaveProcess: () => void;
  #spool: Spool | undefined;
  #replay: Promise<void> | undefined;
  #heldBytes = 0;
  #heldMessages = 0;
  #waitingForRoom: (() => void)[] = [];
  #closed: Promise<void> | undefined;

  constructor(settings: Settings) {
    this.#settings = settings;
    this.#opening = settings.spool && this.#openSpool(settings.spool);
    // Whoever publishes or waits for room is told.
    this.#opening?.catch(() => undefined);
    this.#deliver = createDelivery({
      channel: this.#channel,
      settings,
      spool: this.#opening,
      hurry: this.#hurry.signal,
    });
    this.#leaveProcess = endWithProcess({
      flushOnSigterm: settings.flushOnSigterm,
      holdsAny: () => this.#heldMessages > 0,
      close: millis => this.close(millis),
      saveNow: () => this.#saveNow(),
    });
  }

  get held(): { messages: number; bytes: number; spoolBytes: number } {
    return { messages: this.#heldMessages, bytes: this.#heldBytes, spoolBytes: this.#spool?.bytes ?? 0 };
  }

  send(topic: Topic, orderingKey: string, message: WireMessage): Promise<Receipt> {
    if (this.#closed !== undefined) {
      return Promise.reject(new OnrampError('PUBLISHER_CLOSED', 'the publisher has been closed'));
    }
    const { refuseBytes } = this.#settings.buffer;
    if (this.#heldBytes >= refuseBytes) {
      const detail = `${this.#heldBytes} bytes are held, and ${refuseBytes} may be; wait for room() before each message`;
      return Promise.reject(new OnrampError('PUBLISH_OVERRUN', detail));
    }
    this.#heldMessages += 1;
    return new Promise((resolve, reject) => this.#laneOf(topic, orderingKey).add(message, { resolve, reject }));
  }

  async room(): Promise<void> {
    await this.#opening;
    while (this.#heldBytes >= this.#settings.buffer.bytes) {
      await new Promise<void>(resolve => this.#waitingForRoom.push(resolve));
    }
  }

  async flush(): Promise<void> {
    if (this.#heldMessages === 0) return;
    const batches = [...this.#lanes.values()].flatMap(lane => lane.batches());
    for (const lane of [...this.#lanes.values()]) lane.flush();
    await Promise.all(batches.map(batch => batch.settled));
  }

  close(millis?: number): Promise<void> {
    if (millis !== undefined) setTimeout(() => this.#makeHaste(), millis).unref();
    return (this.#closed ??= this.#close());
  }

  async #close(): Promise<void> {
    await this.flush();
    this.#stopReplay.abort();
    const spool = await this.#opening?.catch(() => undefined);
    const closing = spool?.close();
    await Promise.race([this.#replay, sleep(replayGraceMillis)]);
    await closing;
    this.#channel.close();
    this.#leaveProcess();
  }

  /** There is no time left: neither to wait for Pub/Sub nor for room in the spool. */
  #makeHaste(): void {
    this.#hurry.abort();
    this.#spool?.liftBound();
  }

  async #openSpool(options: NonNullable<Settings['spool']>): Promise<Spool> {
    const { onWarning } = this.#settings;
    const spool = await Spool.open(options, onWarning);
    this.#spool = spool;
    this.#replay = replaySpool({ spool, channel: this.#channel, onWarning, signal: this.#stopReplay.signal });
    return spool;
  }

  #laneOf(topic: Topic, orderingKey: string): Lane {
    const id = `${topic.name} ${orderingKey}`;
    let lane = this.#lanes.get(id);
    if (lane === undefined) {
      lane = new Lane({
        topic,
        orderingKey,
        batching: this.#settings.batching,
        pool: this.#pool,
        parallel: orderingKey === '' ? parallel : 1,
        deliver: this.#deliver,
        held: bytes => this.#hold(bytes),
        settled: messages => (this.#heldMessages -= messages),
        idle: () => this.#lanes.delete(id),
      });
      this.#lanes.set(id, lane);
    }
    return lane;
  }

  #hold(bytes: number): void {
    this.#heldBytes += bytes;
    if (this.#heldBytes >= this.#settings.buffer.bytes || this.#waitingForRoom.length === 0) return;
    for (const wake of this.#waitingForRoom.splice(0)) wake();
  }

  /** For a process that ends now: what is held goes to the spool. Answers with how many messages are lost. */
  #saveNow(): number {
    if (this.#heldMessages === 0 || this.#spool === undefined) return this.#heldMessages;
    this.#spool.appendNow([...this.#lanes.values()].flatMap(lane => lane.batches()));
    return 0;
  }
}

const sleep = (millis: number): Promise<void> => new Promise(resolve => setTimeout(resolve, millis).unref());
