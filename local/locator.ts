import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { OnrampError } from '../functions/core/errors.ts';
import { isLocked } from './folder-lock.ts';
import type { Ports } from './ports.ts';

/** How other processes find a local cloud: a file in its folder, there while it runs. */
export interface Locator {
  readonly pid: number;
  readonly project: string;
  readonly ports: Ports;
  /** Its time is driven, and others ask it what time it is. */
  readonly driven?: true;
}

const pathOf = (folder: string) => join(folder, 'cloud.json');

export function writeLocator(folder: string, locator: Locator): void {
  writeFileSync(pathOf(folder), `${JSON.stringify(locator, undefined, 2)}\n`);
}

export function removeLocator(folder: string): void {
  rmSync(pathOf(folder), { force: true });
}

/** @throws OnrampError LOCAL_NOT_RUNNING */
export function readLocator(folder: string): Locator {
  try {
    const locator = JSON.parse(readFileSync(pathOf(folder), 'utf8')) as Locator;
    if (isLocked(folder)) return locator;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  throw new OnrampError('LOCAL_NOT_RUNNING', folder);
}

/** The variables with which Google's clients, in any language, reach the local cloud. */
export function clientEnvironment({ project, ports }: Locator): Record<string, string> {
  return {
    GOOGLE_CLOUD_PROJECT: project,
    PUBSUB_EMULATOR_HOST: `127.0.0.1:${ports.pubsub}`,
    STORAGE_EMULATOR_HOST: `http://127.0.0.1:${ports.storage}`,
    BIGQUERY_EMULATOR_HOST: `http://127.0.0.1:${ports.bigquery}`,
    BIGQUERY_STORAGE_EMULATOR_HOST: `127.0.0.1:${ports.bigqueryStorage}`,
    CLOUD_TASKS_EMULATOR_HOST: `127.0.0.1:${ports.tasks}`,
    ONRAMP_ALERTS_EMULATOR_HOST: `127.0.0.1:${ports.status}`,
  };
}
