/** One event by its position: from the list that shows it, else as the gateway has it. */
import { useEffect, useState } from "preact/hooks"
import { getEvents } from "../api/history.ts"
import type { Event } from "../api/models.ts"

export const useEvent = (id: string, position: number | undefined, listed: Event | undefined): Event | undefined => {
  const [found, setFound] = useState<Event>()
  const isAsked = position !== undefined && listed === undefined && found?.position !== position
  useEffect(() => {
    let isOver = false
    if (isAsked) {
      getEvents(id, { before: String(position + 1), types: [], limit: 1 }).then(
        ({ items: [event] }) => !isOver && event?.position === position && setFound(event),
        () => {}
      )
    }
    return () => {
      isOver = true
    }
  }, [id, position, isAsked])
  return position === undefined ? undefined : (listed ?? (found?.position === position ? found : undefined))
}
