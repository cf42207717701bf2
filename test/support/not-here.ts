/** What a machine lacks: tests that need it are skipped with a notice; in CI that is a failure. */

/** Prints the notice and returns false. Throws in CI. */
export const isNotHere = (what: string, then: string): false => {
  if (process.env.CI) throw new Error(`${what}; CI has to have it`)
  process.stderr.write(`\n!!! SKIPPED: ${what}: ${then}\n\n`)
  return false
}
