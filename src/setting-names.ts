/** Finds names in the environment that are a slip away from a setting: a setting that is not read is one that does nothing. */

/** Shorter names are too close to what else stands in an environment, such as HOME. */
const LENGTH_MIN = 6

/** The setting that was meant by `name`; undefined for a setting, and for a name that is no slip of one. */
export const meantBy = (name: string, settings: ReadonlySet<string>, lengthMin = LENGTH_MIN): string | undefined => {
  if (settings.has(name)) return undefined
  const upper = name.toUpperCase()
  if (settings.has(upper)) return upper
  if (name.length < lengthMin) return undefined
  return [...settings].find((setting) => setting.length >= lengthMin && isOneSlip(upper, setting))
}

/** One character more, less or another one, or two neighbours swapped. */
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
