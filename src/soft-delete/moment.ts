/** The last moment at which anything was deleted, and at which anything was that takes others along, in milliseconds since 1970. */
let last = 0;
let lastWithOthers = 0;

/**
 * When something is deleted: now, but never when something else was of which it would be taken for a part. A restored row brings back
 * what was deleted at its moment, so that what takes others along has a moment of its own: a millisecond later, where need be.
 */
export function nextMoment(takesOthersAlong: boolean): Date {
  const earliest = 1 + (takesOthersAlong ? last : lastWithOthers);
  const moment = Math.max(Date.now(), earliest);
  last = Math.max(last, moment);
  if (takesOthersAlong) lastWithOthers = moment;
  return new Date(moment);
}
