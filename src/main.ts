/** `npm start`: runs the gateway as a process. Reads the environment, starts, and stops on a signal. Prints one line if it cannot start. */
import { Effect } from "effect"
import { pino } from "pino"
import { loadEnvFile } from "./cli/env-file.ts"
import { fail } from "./cli/failure.ts"
import { LogOutput } from "./cli/log-output.ts"
import { type StopReason, stopOnSignal } from "./cli/signals.ts"
import { version } from "./version.ts"
import { readSettings } from "./config.ts"
import { startGateway } from "./gateway.ts"
import { keepMemorySmall } from "./memory.ts"

/** How long after the stop's time limit the process ends in any case. */
const EXIT_MS = 1_000

const main = async (): Promise<void> => {
  keepMemorySmall()
  // Files that the gateway creates are for their owner only.
  process.umask(0o077)
  loadEnvFile()
  const settings = await Effect.runPromise(readSettings(process.env))
  const output = new LogOutput(process.stdout)
  const logger = pino({ level: settings.logLevel, base: null, timestamp: pino.stdTimeFunctions.isoTime }, output)
  const gateway = await startGateway(settings, version, logger, { ended: fail })
  // Where Baileys encrypts a file before it is sent. The system's own folder may be in memory.
  process.env.TMPDIR = gateway.temporaryDirectory
  const { made, file } = gateway.operatorKey
  // What goes to a file or a log collector is kept, and read by others.
  if (made !== undefined) {
    process.stdout.write(
      process.stdout.isTTY ? `operator's API key (also in ${file}): ${made}\n` : `operator's API key: in ${file}\n`
    )
  }
  process.stdout.write(`Bitácora listens on ${gateway.url}\n`)
  const stop = (reason: StopReason) => {
    logger.info({ reason }, "stopping")
    return gateway.stop()
  }
  stopOnSignal(stop, { timeoutMs: settings.shutdownTimeoutMs + EXIT_MS, last: () => output.flush() })
}

main().catch(fail)
