/** Parses times that people write, on the command line and over HTTP. */

/** A day, or a time with its zone. Date.parse alone would accept other texts, and would read a time without a zone as local. */
const ISO_TIME = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2}))?$/

/** Epoch milliseconds; for a day, its first. Undefined if the text is not an ISO 8601 time. */
export const isoTime = (given: string): number | undefined => {
  const time = ISO_TIME.test(given) ? Date.parse(given) : Number.NaN
  return Number.isNaN(time) ? undefined : time
}
