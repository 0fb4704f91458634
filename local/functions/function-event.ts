/** What a function's process tells the local cloud. */
export type FunctionEvent =
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly message: string }
  /** Somebody who may not call the function did. */
  | { readonly kind: 'refused'; readonly email: string };

/** What the local cloud tells a function's process: who may call it from now on, as emails and `@<domain>`s. */
export interface FunctionOrder {
  readonly invokers: readonly string[];
}
