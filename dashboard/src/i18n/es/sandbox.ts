/** The sandbox's phone, in Spanish. */
export const sandbox = {}
