/** The operator's pages, in Spanish. */
export const operator = {}
