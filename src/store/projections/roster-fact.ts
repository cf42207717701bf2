/** How the tables of the roster write down what an event said, and what it said nothing about. */
import type { SqlValue } from "../dialect/dialect.ts"

/** The order of what events say: that of their positions, but for one that stands for an earlier one (events/remainder.ts). */
export const asOf = (data: unknown, position: number): number => (data as { readonly asOf?: number }).asOf ?? position

/** Nothing said: null. Taken back: an empty text. */
export const taken = (text: string | null | undefined): SqlValue => (text === undefined ? null : (text ?? ""))

/** Nothing said: null. */
export const flag = (value: boolean | undefined): SqlValue => (value === undefined ? null : value ? 1 : 0)

/** Nothing said: null. Taken back: 0. */
export const time = (value: number | null | undefined): SqlValue => (value === undefined ? null : (value ?? 0))
