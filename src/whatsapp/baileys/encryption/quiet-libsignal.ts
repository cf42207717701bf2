/** libsignal writes to the console, among other things private keys of sessions. This drops what it writes; all else passes. */

type Write = (...values: unknown[]) => void

let isQuiet = false

/** For the whole process, once. */
export const quietLibsignal = (): void => {
  if (isQuiet) return
  isQuiet = true
  const target = console as unknown as Record<string, Write>
  for (const method of ["log", "info", "warn", "error", "debug"]) {
    const write = target[method]
    if (!write) continue
    target[method] = (...values) => {
      if (!isFromLibsignal(new Error("where from").stack ?? "")) write.apply(console, values)
    }
  }
}

/** The caller of the console is in the third line of the stack: the first is the error's text, the second this file. */
const isFromLibsignal = (stack: string): boolean => (stack.split("\n")[2] ?? "").includes("/libsignal/")
