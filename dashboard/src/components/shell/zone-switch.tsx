import { text } from "../../i18n/text.ts"
import { isUtc, switchZone } from "../../i18n/time.ts"
import { Button } from "../button.tsx"

/** Exact times in the person's zone, or in UTC. */
export const ZoneSwitch = () => {
  const word = isUtc.value ? "UTC" : text("nav.local")
  return (
    <Button kind="quiet" press={switchZone} label={`${word}, ${text("nav.zone")}`} hint={text("nav.zone")}>
      {word}
    </Button>
  )
}
