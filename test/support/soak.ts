/**
 * How often a randomized test repeats: a few times in `npm test`, in full in `npm run test:soak` (SOAK=1). The code is the same in
 * both.
 */

const isSoak = process.env.SOAK === "1"

/** Also for timeouts, which grow with the counts. */
export const times = (sample: number, full: number): number => (isSoak ? full : sample)
