/**
 * The states of a device and how it gets from one to another, as the gateway's machine has it, and where they stand in the picture. Left
 * out is what leads to NONE (a person stops the device) and to ERROR (WhatsApp ends it) from nearly everywhere.
 */

export interface Place {
  readonly x: number
  readonly y: number
}

export const WIDTH = 480
export const HEIGHT = 280
/** Of a state's box. */
export const BOX = { width: 132, height: 36 }

/** The middles of the boxes. */
export const places: Readonly<Record<string, Place>> = {
  NONE: { x: 70, y: 30 },
  INIT: { x: 240, y: 30 },
  QR: { x: 410, y: 30 },
  ERROR: { x: 70, y: 140 },
  RECONNECTING: { x: 240, y: 140 },
  LOADING: { x: 410, y: 140 },
  CONNECTED: { x: 410, y: 250 }
}

export const edges: readonly (readonly [from: string, to: string])[] = [
  ["NONE", "INIT"],
  ["INIT", "QR"],
  ["INIT", "LOADING"],
  ["INIT", "CONNECTED"],
  ["INIT", "RECONNECTING"],
  ["QR", "LOADING"],
  ["QR", "RECONNECTING"],
  ["LOADING", "QR"],
  ["LOADING", "CONNECTED"],
  ["LOADING", "RECONNECTING"],
  ["CONNECTED", "RECONNECTING"],
  ["RECONNECTING", "CONNECTED"],
  ["RECONNECTING", "INIT"],
  ["ERROR", "INIT"]
]

export interface Line {
  readonly from: Place
  readonly to: Place
}

/** How far the lines of two opposite edges are apart. */
const APART = 6

/** The line of an edge, from border to border. */
export const lineOf = (from: string, to: string): Line => {
  const [a, b] = [places[from] ?? { x: 0, y: 0 }, places[to] ?? { x: 0, y: 0 }]
  const isTwoWay = edges.some(([start, end]) => start === to && end === from)
  const length = Math.hypot(b.x - a.x, b.y - a.y)
  const aside = isTwoWay ? APART : 0
  const shift = { x: (-(b.y - a.y) / length) * aside, y: ((b.x - a.x) / length) * aside }
  const moved = (place: Place): Place => ({ x: place.x + shift.x, y: place.y + shift.y })
  return { from: moved(borderOf(a, b, 0)), to: moved(borderOf(b, a, 5)) }
}

/** Where the line from the middle of a box to another leaves the box, and `gap` beyond. */
const borderOf = (box: Place, other: Place, gap: number): Place => {
  const [dx, dy] = [other.x - box.x, other.y - box.y]
  const reach = Math.min(
    dx === 0 ? Infinity : (BOX.width / 2 + gap) / Math.abs(dx),
    dy === 0 ? Infinity : (BOX.height / 2 + gap) / Math.abs(dy)
  )
  return { x: box.x + dx * reach, y: box.y + dy * reach }
}
