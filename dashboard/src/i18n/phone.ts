/** Telephone numbers in groups: country code, then groups of three or so, as in most of Latin America. They are copied as digits. */

/** Country codes of one and two digits; all others have three. */
const SHORT = /^(?:1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58])/

export const groupedNumber = (digits: string): string => {
  const [code = digits.slice(0, 3)] = SHORT.exec(digits) ?? []
  const rest = digits.slice(code.length)
  const isTen = rest.length === 10
  // North America: area code, then seven digits in two groups.
  const pattern =
    isTen && code === "1" ? /^(\d{3})(\d{3})(\d{4})$/ : isTen ? /^(\d{2})(\d{4})(\d{4})$/ : /^(\d{3})(\d{3})(\d+)$/
  const groups = rest.match(pattern)?.slice(1)
  return `+${code} ${groups?.join(" ") ?? rest}`.trim()
}
