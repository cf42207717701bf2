/** Handles a standard output that accepts no more. */
import { fail } from "./failure.ts"

/** The exit code that a shell reports for a program that was ended by a closed pipe (128 + SIGPIPE). */
const PIPE_CLOSED = 141

/** Ends the process: silently if the reader has gone (`| head -1`), with a line and code 1 if the disk is full. */
export const endWithOutput = (): void => {
  process.stdout.on("error", (failure: NodeJS.ErrnoException) => {
    if (failure.code === "EPIPE") process.exit(PIPE_CLOSED)
    fail(failure)
  })
}
