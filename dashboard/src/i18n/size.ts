/** Sizes of files, in units that people read. */
import { language } from "./text.ts"

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte"] as const

/** Such as "1,4 MB". */
export const sizeOf = (bytes: number): string => {
  const at = bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3))
  const unit = UNITS[at] ?? "byte"
  const options = { style: "unit", unit, unitDisplay: at === 0 ? "long" : "short", maximumFractionDigits: 1 } as const
  return new Intl.NumberFormat(language.value, options).format(bytes / 1_000 ** at)
}
