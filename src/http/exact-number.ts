/**
 * JSON numbers where a text is asked for. An account number of 18 digits, written as a number, is more than a double can hold: read as one,
 * it would reach a person with other digits.
 */

/** The number, or its digits if it is an integer that a double cannot hold. */
export const exactNumber = (source: string): number | string => {
  const value = Number(source)
  return Number.isSafeInteger(value) || !/^-?\d+$/.test(source) ? value : source
}

/** Parses JSON with exact numbers. The text has been checked by Fastify's parser. */
export const parseExactly = (json: string): unknown =>
  JSON.parse(json, exact as (key: string, value: unknown) => unknown)

/** ECMAScript passes the source of a number; TypeScript's library does not declare it yet. */
const exact = (_key: string, value: unknown, { source }: { readonly source?: string }): unknown =>
  typeof value === "number" && source !== undefined ? exactNumber(source) : value
