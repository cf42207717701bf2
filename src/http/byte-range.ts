/** The range of a file that a client asks for (RFC 9110, 14). One range is served; several at once, and other units, get the whole file. Pure. */

/** Both ends are included, counted from 0. */
export interface ByteRange {
  readonly first: number
  readonly last: number
}

/** `unsatisfiable`: the file has none of these bytes. `undefined`: the whole file. `size`: of the file, in bytes. */
export const rangeOf = (header: string | undefined, size: number): ByteRange | "unsatisfiable" | undefined => {
  const [, from = "", to = ""] = /^bytes=\s*(\d*)\s*-\s*(\d*)\s*$/i.exec(header ?? "") ?? []
  if (from === "") {
    if (to === "") return undefined
    // The last bytes.
    const count = Math.min(Number(to), size)
    return count === 0 ? "unsatisfiable" : { first: size - count, last: size - 1 }
  }
  const first = Number(from)
  if (to !== "" && Number(to) < first) return undefined
  if (first >= size) return "unsatisfiable"
  return { first, last: Math.min(to === "" ? size - 1 : Number(to), size - 1) }
}
