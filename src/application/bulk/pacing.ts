/** When the next message of a bulk send may go out. Pure: the time and the chance are given. */

export interface QuietHours {
  /** `HH:MM` on the clock of the time zone. `from` later than `to`: over midnight. */
  readonly from: string
  readonly to: string
}

export interface Pacing {
  /** Messages of the device within a minute, at most. */
  readonly perMinute: number
  /** A pause between two messages, drawn anew for each. */
  readonly gapSeconds: { readonly min: number; readonly max: number }
  /** Chats that may begin within a day of the time zone; null: any number. */
  readonly newChatsPerDay: number | null
  readonly quietHours: QuietHours | null
  /** An IANA name, such as `America/Lima`. */
  readonly timeZone: string
}

export const defaultPacing: Pacing = {
  perMinute: 10,
  gapSeconds: { min: 3, max: 12 },
  newChatsPerDay: 50,
  quietHours: null,
  timeZone: "UTC"
}

const MINUTE_MS = 60_000
const DAY_MINUTES = 24 * 60

/** After the message at `lastAt` (epoch milliseconds; null: there was none). `random`: 0 to 1. */
export const nextAfter = (
  { perMinute, gapSeconds: { min, max } }: Pacing,
  lastAt: number | null,
  random: number
): number => {
  if (lastAt === null) return 0
  const gapMs = 1_000 * (min + random * (max - min))
  return Math.ceil(lastAt + Math.max(gapMs, MINUTE_MS / perMinute))
}

/** The first time from `at` on that is outside the quiet hours. */
export const outsideQuiet = ({ quietHours, timeZone }: Pacing, at: number): number => {
  if (quietHours === null) return at
  const from = minutesOf(quietHours.from)
  const to = minutesOf(quietHours.to)
  let free = at
  // Where the clock is changed, the end of the quiet hours is found in a second step.
  for (let step = 0; step < STEPS_MAX && isQuiet(minuteAt(free, timeZone), from, to); step++) {
    const leftMinutes = (to - minuteAt(free, timeZone) + DAY_MINUTES) % DAY_MINUTES || DAY_MINUTES
    free = free - (free % MINUTE_MS) + leftMinutes * MINUTE_MS
  }
  return free
}

const STEPS_MAX = 4

const isQuiet = (minute: number, from: number, to: number): boolean =>
  from <= to ? minute >= from && minute < to : minute >= from || minute < to

/** When the day of the time zone began that `at` is in. */
export const dayStart = (at: number, timeZone: string): number => {
  const guess = at - (at % MINUTE_MS) - minuteAt(at, timeZone) * MINUTE_MS
  // On a day with a change of the clock the guess is off by the change.
  const off = minuteAt(guess, timeZone)
  if (off === 0) return guess
  return off > DAY_MINUTES / 2 ? guess + (DAY_MINUTES - off) * MINUTE_MS : guess - off * MINUTE_MS
}

/** When the next day of the time zone begins. */
export const nextDay = (at: number, timeZone: string): number => {
  const start = dayStart(at, timeZone)
  // 26 hours later is tomorrow, on the longest day as well.
  return dayStart(start + 26 * 60 * MINUTE_MS, timeZone)
}

export const isClockTime = (text: string): boolean => /^([01]\d|2[0-3]):[0-5]\d$/.test(text)

export const isTimeZone = (name: string): boolean => {
  try {
    clockIn(name)
    return true
  } catch {
    return false
  }
}

const minutesOf = (clock: string): number => {
  const [hours = 0, minutes = 0] = clock.split(":").map(Number)
  return hours * 60 + minutes
}

/** Throws for a time zone that does not exist. */
const clockIn = (timeZone: string) =>
  new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" })

const clocks = new Map<string, Intl.DateTimeFormat>()

/** The minute of the day, 0 to 1439, on the clock of the time zone. */
const minuteAt = (at: number, timeZone: string): number => {
  const clock = clocks.get(timeZone) ?? clockIn(timeZone)
  clocks.set(timeZone, clock)
  return minutesOf(clock.format(at))
}
