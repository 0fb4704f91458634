import { EventEmitter } from 'node:events';

/**
 * The HTTP client below @google-cloud/storage puts eleven listeners on the stream of every download, one more than Node
 * takes for normal: without this each download writes two warnings of a leak that is none.
 */
EventEmitter.defaultMaxListeners = 16;
