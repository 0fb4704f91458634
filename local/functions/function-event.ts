/** What a function's process tells the local cloud. */
export type FunctionEvent = { readonly kind: 'ready' } | { readonly kind: 'failed'; readonly message: string };
