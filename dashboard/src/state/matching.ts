/** Whether a name or a telephone number has the words that a person types. */

/** Signs of a number as people write it, and digits. */
const NUMBER = /^[\d\s+()-]+$/

export const hasWords = (words: string, name: string, number: string | null): boolean => {
  const digits = words.replace(/\D/g, "")
  const isInNumber = digits !== "" && NUMBER.test(words) && (number ?? "").includes(digits)
  return isInNumber || name.toLocaleLowerCase().includes(words.trim().toLocaleLowerCase())
}
