/** The sandbox's phone, in English. */
import type { sandbox as spanish } from "../es/sandbox.ts"

export const sandbox: Readonly<Record<keyof typeof spanish, string>> = {}
