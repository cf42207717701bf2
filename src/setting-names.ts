/** Finds misspelt names of settings in the environment, which would otherwise be ignored silently. */

/** Shorter names are too similar to other variables, such as HOME. */
const LENGTH_MIN = 6

/** Returns the setting that `name` misspells; undefined if `name` is a setting, or unlike all of them. */
export const meantBy = (name: string, settings: ReadonlySet<string>, lengthMin = LENGTH_MIN): string | undefined => {
  if (settings.has(name)) return undefined
  const upper = name.toUpperCase()
  if (settings.has(upper)) return upper
  if (name.length < lengthMin) return undefined
  return [...settings].find((setting) => setting.length >= lengthMin && isOneSlip(upper, setting))
}

/** One character inserted, missing or replaced, or two neighbours swapped. */
const isOneSlip = (given: string, meant: string): boolean => {
  if (Math.abs(given.length - meant.length) > 1) return false
  const at = firstDifference(given, meant)
  const rest = (text: string, from: number): string => text.slice(from)
  return (
    rest(given, at + 1) === rest(meant, at + 1) ||
    rest(given, at + 1) === rest(meant, at) ||
    rest(given, at) === rest(meant, at + 1) ||
    (given[at] === meant[at + 1] && given[at + 1] === meant[at] && rest(given, at + 2) === rest(meant, at + 2))
  )
}

const firstDifference = (a: string, b: string): number => {
  let at = 0
  while (at < a.length && a[at] === b[at]) at++
  return at
}
