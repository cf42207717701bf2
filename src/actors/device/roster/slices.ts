/** Changes in parts that are small enough to be looked up and recorded at once. Pure. */
import type { Change } from "./lists.ts"

/** Entries in one part, and in one event, at most. An entry is bounded by its adapter (names, descriptions). */
export const ENTRIES_MAX = 200

/** In their order. A group with more members than that is a part of its own: all of them are compared with what is known. */
export const slicesOf = (changes: readonly Change[]): readonly (readonly Change[])[] => {
  const slices: Change[][] = []
  let entries = 0
  for (const change of changes) {
    const more = entriesOf(change)
    const last = slices.at(-1)
    if (last === undefined || entries + more > ENTRIES_MAX) {
      slices.push([change])
      entries = more
    } else {
      last.push(change)
      entries += more
    }
  }
  return slices
}

const entriesOf = (change: Change): number => {
  switch (change.type) {
    case "group":
      return 1 + (change.group.members?.length ?? 0)
    case "members":
      return change.members.length
    default:
      return 1
  }
}

export const inParts = <A>(all: readonly A[], size: number): readonly (readonly A[])[] =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, part) => all.slice(part * size, (part + 1) * size))
