/** What the gateway says in words of its own, in words for people: why a device is as it is, and what to do. */
import type { FleetDevice } from "../api/models.ts"
import { hasText, text, type TextKey } from "./text.ts"

export const nameOf = ({ name, number, sessionId, id }: Pick<FleetDevice, "name" | "number" | "sessionId" | "id">) =>
  name ?? sessionId ?? number ?? id

export const stateWord = (state: string): string => {
  const key = `state.${state}`
  return hasText(key) ? text(key) : state
}

export const reasonText = (reason: string): string => {
  const key = `reason.${reason}`
  return hasText(key) ? text(key) : text("reason.other", { reason })
}

/** What there is to know or do about the device; undefined while all is well. */
export const adviceOf = ({ state, reason, userAction, paired, syncPercent }: FleetDevice): string | undefined => {
  if (state === "CONNECTED") {
    return syncPercent !== null && syncPercent < 100 ? text("advice.syncing", { percent: syncPercent }) : undefined
  }
  const why = reason !== null && (state === "ERROR" || state === "RECONNECTING") ? reasonText(reason) : undefined
  const what = userAction === null ? restingAdvice(state, paired) : text(`advice.${userAction}` satisfies TextKey)
  return [why, what].filter((part) => part !== undefined).join(" ") || undefined
}

const restingAdvice = (state: string, paired: boolean): string | undefined => {
  if (state === "NONE") return text(paired ? "advice.start" : "advice.link")
  return state === "ERROR" ? text("advice.restart") : undefined
}
