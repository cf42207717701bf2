/** What the rows of facts about one thing amount to: of each column, what was said last. Pure. */

interface Fact {
  readonly as_of: number
  readonly position: number
  readonly place?: number
}

/** Null where nothing was said of a column. */
export const foldFacts = <Row extends Fact, Column extends keyof Row>(
  rows: readonly Row[],
  columns: readonly Column[]
): { readonly [C in Column]: Row[C] | null } => {
  const folded = Object.fromEntries(columns.map((column) => [column, null])) as { [C in Column]: Row[C] | null }
  for (const row of rows.toSorted(inOrder)) {
    for (const column of columns) if (row[column] !== null) folded[column] = row[column]
  }
  return folded
}

/** The oldest first. */
export const inOrder = (one: Fact, other: Fact): number =>
  one.as_of - other.as_of || one.position - other.position || (one.place ?? 0) - (other.place ?? 0)

/** A text that was taken back is empty. */
export const textOf = (value: string | null): string | null => (value === "" ? null : value)

/** A time that was taken back is 0. */
export const timeOf = (value: number | null): number | null => (value === 0 ? null : value)

export const isSet = (value: number | null): boolean => value === 1

/** For `IN`: a list must not be empty. */
export const orNone = (values: readonly string[]): readonly string[] => (values.length > 0 ? values : [""])
