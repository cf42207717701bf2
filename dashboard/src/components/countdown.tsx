import { useRef } from "preact/hooks"
import { countdown } from "../i18n/time.ts"
import { text } from "../i18n/text.ts"
import { useTimeLeft } from "../state/time-left.ts"
import "./countdown.css"

const RADIUS = 10
const ROUND = 2 * Math.PI * RADIUS

/** How long something is still valid, as a ring and in words. Give it a key: the ring is full when it first shows. */
export const Countdown = ({ until }: { readonly until: string | null }) => {
  const leftMs = useTimeLeft(until)
  const whole = useRef(Math.max(1, leftMs))
  const left = Math.min(1, leftMs / whole.current)
  return (
    <p class="countdown">
      <svg viewBox="0 0 24 24" width="24" height="24" aria-hidden="true">
        <circle cx="12" cy="12" r={RADIUS} />
        <circle class="left" cx="12" cy="12" r={RADIUS} stroke-dasharray={`${left * ROUND} ${ROUND}`} />
      </svg>
      {text("link.left", { left: countdown(leftMs) })}
    </p>
  )
}
