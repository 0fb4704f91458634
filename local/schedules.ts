import { appendFileSync } from 'node:fs';
import type { Inventory } from '../infra/render.ts';
import type { Clock } from './clock.ts';
import type { AccessControl } from './iam/access-control.ts';
import { serviceAgent } from './iam/service-agent.ts';
import type { TokenSigner } from './iam/tokens.ts';
import { declared } from './provision/declared.ts';
import { signsAs } from './queues.ts';
import { type Scheduler, startScheduler } from './scheduler/scheduler.ts';

export interface SchedulesOptions {
  readonly inventory: Inventory;
  readonly access: AccessControl;
  readonly tokens: TokenSigner;
  readonly clock: Clock;
  /** File that failed requests are written to. */
  readonly log: string;
}

/** The declared schedules, at work. */
export function startSchedules({ inventory, access, tokens, clock, log }: SchedulesOptions): Scheduler {
  const sign = signsAs(serviceAgent(inventory, 'cloudscheduler'), access, tokens);
  return startScheduler(declared(inventory, 'gcp:cloudscheduler/job:Job'), {
    clock,
    authorization: (email, audience) => {
      const token = sign({ email, audience });
      return token && `Bearer ${token}`;
    },
    onFailure: (job, problem) => appendFileSync(log, `${new Date(clock.now()).toISOString()} ${job}: ${problem}\n`),
  });
}
