/** Numbers, sizes and lengths of time as people write them. */
import { language } from "./text.ts"

export const numberText = (value: number, digits = 0): string =>
  new Intl.NumberFormat(language.value, { maximumFractionDigits: digits }).format(value)

const unitText = (value: number, unit: string, digits = 0, unitDisplay: "short" | "long" = "short"): string =>
  new Intl.NumberFormat(language.value, {
    style: "unit",
    unit,
    unitDisplay,
    maximumFractionDigits: digits
  }).format(value)

const SIZES = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"]

export const bytesText = (bytes: number): string => {
  const step = Math.min(SIZES.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)))
  const value = bytes / 1_000 ** step
  return unitText(value, SIZES[step] ?? "byte", step === 0 || value >= 100 ? 0 : 1)
}

export const millisecondsText = (ms: number): string => unitText(ms, "millisecond", ms < 10 ? 1 : 0)

export const daysText = (days: number): string => unitText(days, "day", 0, "long")

/** The two largest units: "3 d 4 h". */
export const durationText = (seconds: number): string => {
  const units = [
    [Math.floor(seconds / 86_400), "day"],
    [Math.floor(seconds / 3_600) % 24, "hour"],
    [Math.floor(seconds / 60) % 60, "minute"],
    [Math.floor(seconds) % 60, "second"]
  ] as const
  const first = units.findIndex(([value]) => value > 0)
  if (first < 0) return unitText(0, "second")
  return units
    .slice(first, first + 2)
    .map(([value, unit]) => unitText(value, unit))
    .join(" ")
}
