import type { Retention } from "../../api/models.ts"
import { getRetention } from "../../api/operator.ts"
import { daysText, numberText } from "../../i18n/amount.ts"
import { text } from "../../i18n/text.ts"
import { exactTime } from "../../i18n/time.ts"
import { usePolled } from "../../state/polled.ts"
import { CodeBlock } from "../code-block.tsx"
import { CopyCall } from "../copy-call.tsx"
import { Facts } from "../facts.tsx"
import { ProblemNote } from "../problem-note.tsx"
import { TableFrame } from "../table-frame.tsx"

/** What is kept for how long, what was dropped, and what is due. */
export const RetentionPart = () => {
  const { value: retention, failure } = usePolled(getRetention, "retention")
  return (
    <>
      <div class="row">
        <h2>{text("operator.retention")}</h2>
        <CopyCall call={{ method: "GET", path: "/v1/retention" }} />
      </div>
      <p class="quiet">{text("operator.retentionText")}</p>
      <ProblemNote failure={failure} />
      {retention && (
        <>
          <section class="card">
            <h3>{text("operator.log")}</h3>
            <Facts facts={factsOf(retention)} />
          </section>
          <TableFrame
            label={text("operator.kept")}
            columns={[{ word: text("operator.keptWhat") }, { word: text("operator.keptFor") }]}
          >
            <Kept word={text("operator.keptEvents")} days={retention.eventsDays} />
            <Kept word={text("operator.keptFiles")} days={retention.filesDays} />
            {retention.payloads.map(({ type, days }) => (
              <Kept key={type} word={text("operator.keptContent", { type })} days={days} />
            ))}
            <Kept word={text("operator.keptDeliveries")} days={retention.deliveriesDays} />
          </TableFrame>
          <section class="card">
            <h3>{text("operator.retentionHow")}</h3>
            <p>{text("operator.retentionSetting")}</p>
            <CodeBlock
              label={text("operator.retentionExample")}
              code="RETENTION=message.received=90d,files=30d,envelopes=730d"
            />
            <p>{text("operator.trimCommand")}</p>
            <CodeBlock
              label={text("operator.trimLabel")}
              code={
                "npm run -s bitacora -- trim --before 2026-01-31\nnpm run -s bitacora -- trim --before 2026-01-31 --yes"
              }
            />
          </section>
        </>
      )}
    </>
  )
}

const Kept = ({ word, days }: { readonly word: string; readonly days: number | null }) => (
  <tr>
    <th scope="row">{word}</th>
    <td>{days === null ? text("operator.keptAlways") : daysText(days)}</td>
  </tr>
)

const factsOf = ({ first, lastTrimming, due }: Retention): Parameters<typeof Facts>[0]["facts"] => [
  [
    text("operator.first"),
    first.recordedAt === null
      ? text("operator.positionOnly", { position: numberText(first.position) })
      : text("operator.positionAt", { position: numberText(first.position), time: exactTime(first.recordedAt) })
  ],
  [
    text("operator.lastTrimming"),
    lastTrimming === null
      ? text("operator.neverTrimmed")
      : text("operator.trimmedAt", {
          position: numberText(lastTrimming.upTo),
          time: lastTrimming.at === null ? "" : exactTime(lastTrimming.at)
        })
  ],
  [
    text("operator.due"),
    due === null
      ? text("operator.dueNever")
      : due.heldBy === null
        ? text("operator.dueEvents", { events: numberText(due.events) })
        : text("operator.dueHeld", { events: numberText(due.events), reason: due.heldBy })
  ]
]
