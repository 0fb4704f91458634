export { didYouMean, listed } from '../../functions/core/suggest.ts';
