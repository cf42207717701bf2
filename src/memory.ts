/**
 * How the process keeps its memory small: for a gateway of many quiet devices that counts for more than the last percent of speed.
 * Measured with `npm run bench -- soak`.
 */
import { setFlagsFromString } from "node:v8"

/**
 * Small Buffers share one allocation, and one that lives long keeps it whole. Sessions and tokens of contacts are such: with the
 * 64 KiB of Node 24 each cost that much.
 */
const SHARED_BUFFER_BYTES = 4_096
/** Garbage that may gather before all of it is collected, as a share of what is alive. V8 lets three times as much gather. */
const GARBAGE_PERCENT = 50

/** For the whole process; to be called before anything else works. */
export const keepMemorySmall = (): void => {
  Buffer.poolSize = SHARED_BUFFER_BYTES
  setFlagsFromString(`--heap-growing-percent=${GARBAGE_PERCENT}`)
}
