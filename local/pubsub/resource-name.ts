import { invalidArgument } from './pubsub-error.ts';

/** https://cloud.google.com/pubsub/docs/pubsub-basics#resource_names */
const id = /^(?!goog)[A-Za-z][A-Za-z0-9\-_.~+%]{2,254}$/;
const project = /^[^/]+$/;

/** What a subscription's topic is called once the topic has been deleted. */
export const deletedTopic = '_deleted-topic_';

/** Checks `projects/<project>/<collection>/<id>`; refuses anything else with INVALID_ARGUMENT. */
export function checkResourceName(collection: 'topics' | 'subscriptions', name: string): void {
  const parts = name.split('/');
  const valid =
    parts.length === 4 &&
    parts[0] === 'projects' &&
    project.test(parts[1] ?? '') &&
    parts[2] === collection &&
    id.test(parts[3] ?? '');
  if (!valid) {
    throw invalidArgument(
      `Invalid resource name given (name=${name}). Refer to https://cloud.google.com/pubsub/docs/admin#resource_names for more information.`,
    );
  }
}

/** Checks `projects/<project>`. */
export function checkProjectName(name: string): void {
  if (!/^projects\/[^/]+$/.test(name)) {
    throw invalidArgument(`Invalid project name given (name=${name}).`);
  }
}

/** `projects/p` of `projects/p/topics/t`: the resource that creating and listing is authorised on. */
export const projectOf = (name: string) => name.split('/').slice(0, 2).join('/');

export const idOf = (name: string) => name.slice(name.lastIndexOf('/') + 1);
