/** The Pulumi program: what `pulumi up` runs. */
import { join } from 'node:path';
import * as pulumi from '@pulumi/pulumi';
import { bundleFunctions } from './bundle.ts';
import { declareStack } from './declare.ts';
import { loadDeclaration } from './load.ts';
import { parseStackSettings } from './stack-settings.ts';

const root = join(import.meta.dirname, '..');
const prefix = 'onramp:';
const config = Object.entries(pulumi.runtime.allConfig()).filter(([key]) => key.startsWith(prefix));

let declaration: ReturnType<typeof loadDeclaration>;
try {
  const settings = parseStackSettings(
    Object.fromEntries(config.map(([key, value]) => [key.slice(prefix.length), value])),
  );
  declaration = loadDeclaration(root, settings);
} catch (error) {
  // Shown without a stack trace: what is wrong is in what the user wrote.
  throw new pulumi.RunError(error instanceof Error ? error.message : String(error));
}

const bundle = await bundleFunctions(root, join(root, 'dist'));

export const { project, region, ramps } = declareStack({ ...declaration, bundle });
