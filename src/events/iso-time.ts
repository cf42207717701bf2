/** Points in time as people give them: the same on the command line and over HTTP. */

/** A day, or a time of a day with its zone; Date.parse alone would take much else for a time, and one without a zone for local. */
const ISO_TIME = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2}))?$/

/** Epoch milliseconds, a day's being its first; undefined for what is no ISO 8601 time. */
export const isoTime = (given: string): number | undefined => {
  const time = ISO_TIME.test(given) ? Date.parse(given) : Number.NaN
  return Number.isNaN(time) ? undefined : time
}
