/**
 * Baileys' log lines without their data. Keeps SEC-4.
 *
 * Baileys gives its logger whole stanzas, keys and messages. This logger writes only the fixed text and an error's message, all at debug
 * level.
 */
import type { SocketConfig } from "@whiskeysockets/baileys"

type BaileysLogger = SocketConfig["logger"]

/** With `write` undefined it writes nothing, and Baileys does not build its texts. */
export const baileysLogger = (write: ((text: string) => void) | undefined): BaileysLogger => {
  const pass = (given: unknown, text?: string): void => {
    if (!write) return
    const sentence = text ?? (typeof given === "string" ? given : "")
    const failure = failureIn(given)
    if (sentence || failure) write([sentence, failure].filter(Boolean).join(": "))
  }
  const quiet = () => {}
  const logger: BaileysLogger = {
    level: write ? "info" : "silent",
    child: () => logger,
    trace: quiet,
    debug: quiet,
    info: pass,
    warn: pass,
    error: pass
  }
  return logger
}

const failureIn = (given: unknown): string => {
  if (typeof given !== "object" || given === null) return ""
  const { err, error } = given as { err?: unknown; error?: unknown }
  const failure = err ?? error
  return failure instanceof Error ? failure.message : ""
}
