import type { AccountHealth } from "../../api/models.ts"
import { getHealth, healthPath } from "../../api/devices.ts"
import { reasonText } from "../../i18n/said.ts"
import { text } from "../../i18n/text.ts"
import { exactTime } from "../../i18n/time.ts"
import { usePolled } from "../../state/polled.ts"
import { CopyCall } from "../copy-call.tsx"
import { type Fact, Facts } from "../facts.tsx"
import { ProblemNote } from "../problem-note.tsx"

const EACH_MS = 30_000

/** What WhatsApp thinks of the device's account: locks, caps, and messages that it refused. */
export const AccountHealthSection = ({ id }: { readonly id: string }) => {
  const { value: health, failure } = usePolled(() => getHealth(id), id, EACH_MS)
  return (
    <section>
      <div class="row">
        <h2>{text("account.title")}</h2>
        <CopyCall call={{ method: "GET", path: healthPath(id) }} />
      </div>
      <ProblemNote failure={failure} />
      {health && (
        <>
          <p>{verdictOf(health)}</p>
          <Facts facts={factsOf(health)} />
        </>
      )}
    </section>
  )
}

const verdictOf = ({ restriction, reachoutLock, mayBeginChats }: AccountHealth): string => {
  if (restriction !== null) return reasonText(restriction.reason)
  if (reachoutLock !== null) return text("health.reachout_lock.text")
  return text(mayBeginChats ? "health.ok.text" : "health.capped.text")
}

const factsOf = ({ restriction, reachoutLock, newChats, refusals }: AccountHealth): readonly Fact[] => {
  const facts: readonly (Fact | false)[] = [
    restriction !== null && [
      text("account.restricted"),
      restriction.until === null
        ? text("account.since", { time: exactTime(restriction.since) })
        : text("account.fromTo", { from: exactTime(restriction.since), to: exactTime(restriction.until) })
    ],
    reachoutLock !== null && [
      text("account.lock"),
      text("account.fromTo", { from: exactTime(reachoutLock.since), to: exactTime(reachoutLock.until) })
    ],
    newChats !== null && [
      text("account.newChats"),
      [
        newChats.used !== null && newChats.total !== null
          ? text("account.used", { used: newChats.used, total: newChats.total })
          : newChats.status,
        newChats.cycleEndsAt === null ? "" : text("account.cycle", { time: exactTime(newChats.cycleEndsAt) })
      ]
        .filter((part) => part !== "")
        .join(" · ")
    ],
    [text("account.refusals"), String(refusals.last24Hours)]
  ]
  return facts.filter((fact) => fact !== false)
}
