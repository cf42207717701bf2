/** Webhooks and their deliveries, in English. */
import type { webhooks as spanish } from "../es/webhooks.ts"

export const webhooks: Readonly<Record<keyof typeof spanish, string>> = {}
