import { onTestFinished } from 'vitest';
import type { Unsubscribe } from 'litemodel';

/** Lets a listener listen until the test ends, since a model outlives it. */
export const stopLater = (unsubscribe: Unsubscribe): void => onTestFinished(unsubscribe);
