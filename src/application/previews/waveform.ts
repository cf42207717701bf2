/** The bars that a phone draws for a voice note: 64 values of 0 to 100. Pure. */

export const BARS = 64

/** `levels`: how loud the recording is, at equal distances, each at least 0. Undefined without any. */
export const waveformOf = (levels: readonly number[]): Uint8Array | undefined => {
  if (levels.length === 0) return undefined
  const bars = Array.from({ length: BARS }, (_, bar) => {
    const from = Math.floor((bar * levels.length) / BARS)
    const to = Math.max(from + 1, Math.floor(((bar + 1) * levels.length) / BARS))
    const part = levels.slice(from, to)
    return part.reduce((sum, level) => sum + level, 0) / part.length
  })
  const loudest = Math.max(...bars)
  return Uint8Array.from(bars, (bar) => (loudest > 0 ? Math.floor((100 * bar) / loudest) : 0))
}
