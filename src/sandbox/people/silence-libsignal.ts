/**
 * Keeps private keys out of the console: libsignal prints whole Signal sessions there. This drops exactly those calls, by
 * their first words (node_modules/libsignal/src: session_record.js, session_builder.js, session_cipher.js). Every other
 * call prints as before.
 */

const LIBSIGNAL_WORDS = [
  "Closing session:",
  "Opening session:",
  "Session already closed",
  "Session already open",
  "Removing old closed session:",
  "Migrating session to:",
  "Closing open session in favor of incoming prekey bundle",
  "Decrypted message with closed session.",
  "Failed to decrypt message with any known session...",
  "Session error:"
]

let silenced = false

/** Filters the console of this process, once. */
export function silenceLibsignal(): void {
  if (silenced) return
  silenced = true
  const target = globalThis.console
  for (const level of ["info", "warn", "error"] as const) {
    const print = target[level].bind(target)
    target[level] = (...words: unknown[]) => {
      const [first] = words
      if (typeof first === "string" && LIBSIGNAL_WORDS.some((start) => first.startsWith(start))) return
      print(...words)
    }
  }
}
