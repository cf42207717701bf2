/**
 * Steps from an older version of an event's data to the next, applied on read. Keeps LOG-7.
 *
 * Stored bytes are hashed and never rewritten; a release that changes a schema adds one pure step here and a golden file
 * of the old form under test/events/golden.
 */

/** Takes data of schema version n to version n + 1. */
export type Upcast = (data: unknown) => unknown

/** By event type: the step at index 0 takes version 1 to 2, and so on. No schema has changed yet. */
const steps: Readonly<Record<string, readonly Upcast[]>> = {}

export const upcast = (type: string, from: number, to: number, data: unknown): unknown => {
  let current = data
  for (let version = from; version < to; version++) {
    const step = steps[type]?.[version - 1]
    if (!step) throw new Error(`no step from version ${version} to ${version + 1} of ${type}`)
    current = step(current)
  }
  return current
}
