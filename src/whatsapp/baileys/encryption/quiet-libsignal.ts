/** libsignal writes to the console, private keys of sessions included. What comes from there is dropped; all else passes. */

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

/** Whoever called the console stands in the third line, below this file's own two. */
const isFromLibsignal = (stack: string): boolean => (stack.split("\n")[2] ?? "").includes("/libsignal/")
