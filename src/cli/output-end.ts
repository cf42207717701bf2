/** What becomes of a command when standard output takes no more. */
import { fail } from "./failure.ts"

/** As the shell says it of a program that a closed pipe ended (128 + SIGPIPE). */
const PIPE_CLOSED = 141

/** Ends the process: quietly where the reader has gone (`| head -1`), with a line and code 1 where a disk is full. */
export const endWithOutput = (): void => {
  process.stdout.on("error", (failure: NodeJS.ErrnoException) => {
    if (failure.code === "EPIPE") process.exit(PIPE_CLOSED)
    fail(failure)
  })
}
