/**
 * How often a test that tells by chance repeats itself: a sample in `npm test`, in full in `npm run test:soak` (SOAK=1). The
 * same code runs in both.
 */

const isSoak = process.env.SOAK === "1"

/** Also for time limits, which have to grow with the counts. */
export const times = (sample: number, full: number): number => (isSoak ? full : sample)
