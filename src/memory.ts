/**
 * Keeps the process's memory small. For a gateway with many quiet devices that matters more than the last percent of speed.
 * Measured with `npm run bench -- soak`.
 */
import { setFlagsFromString } from "node:v8"

/**
 * Small Buffers share one allocation, and a single long-lived Buffer keeps all of it. Sessions and tokens of contacts are long-lived:
 * with Node 24's 64 KiB, each of them would cost that much.
 */
const SHARED_BUFFER_BYTES = 4_096
/** How much garbage may gather before all of it is collected, in percent of the live memory. V8 allows three times as much. */
const GARBAGE_PERCENT = 50

/** Affects the whole process. Call it before anything else runs. */
export const keepMemorySmall = (): void => {
  Buffer.poolSize = SHARED_BUFFER_BYTES
  setFlagsFromString(`--heap-growing-percent=${GARBAGE_PERCENT}`)
}
