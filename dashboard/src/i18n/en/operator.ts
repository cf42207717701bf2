/** The operator's pages, in English. */
import type { operator as spanish } from "../es/operator.ts"

export const operator: Readonly<Record<keyof typeof spanish, string>> = {}
