/** Webhooks and their deliveries, in Spanish. */
export const webhooks = {}
