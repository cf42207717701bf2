/** Headers that a client adds to its webhook's deliveries, for example to authenticate them. Pure. */

const HEADERS_MAX = 20
const NAME = /^[a-z0-9!#$%&'*+.^_`|~-]{1,100}$/i
/** Printable ASCII. */
const VALUE = /^[\x20-\x7e]{0,1000}$/
/** These belong to the connection or to the delivery itself. */
const RESERVED =
  /^(host|connection|keep-alive|proxy-.*|transfer-encoding|te|trailer|upgrade|expect|content-.*|user-agent|webhook-.*)$/i

/** What is wrong with the headers; undefined if nothing is. */
export const headerProblem = (headers: Readonly<Record<string, string>>): string | undefined => {
  const entries = Object.entries(headers)
  if (entries.length > HEADERS_MAX) return `must be at most ${HEADERS_MAX}`
  if (new Set(entries.map(([name]) => name.toLowerCase())).size < entries.length) return "must name each header once"
  for (const [name, value] of entries) {
    if (!NAME.test(name)) return `${name.slice(0, 100)} is not the name of a header`
    if (RESERVED.test(name)) return `${name} is set by the gateway`
    if (!VALUE.test(value)) return `the value of ${name} must be at most 1000 printable ASCII characters`
  }
  return undefined
}
