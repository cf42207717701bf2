/** Calls `look` until its result is neither false nor empty, and returns it. */
export const until = async <A>(
  look: () => A | Promise<A>,
  what: string,
  timeoutMs = 15_000
): Promise<Exclude<A, undefined | null | false | "">> => {
  const end = Date.now() + timeoutMs
  for (;;) {
    const found = await look()
    if (found) return found as Exclude<A, undefined | null | false | "">
    if (Date.now() > end) throw new Error(`waited ${timeoutMs} ms in vain for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
