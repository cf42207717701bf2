import { memo } from "../memo.ts"
import type { FleetDevice } from "../../api/models.ts"
import { groupedNumber } from "../../i18n/phone.ts"
import { adviceOf, nameOf } from "../../i18n/said.ts"
import { text } from "../../i18n/text.ts"
import { activity } from "../../state/activity.ts"
import { may } from "../../state/session.ts"
import { DeviceActions } from "./device-actions.tsx"
import { Sparkline } from "../sparkline.tsx"
import { StateMark } from "../state-mark.tsx"
import { TimeAgo } from "../time-ago.tsx"
import "./device-row.css"

/** One device in the list: what it is, how it is, and the next step. */
export const DeviceRow = memo(({ device }: { readonly device: FleetDevice }) => {
  const { id, state, number, stateSince, lastMessageAt, health } = device
  const advice = adviceOf(device)
  const messages = activity.value.get(id)
  return (
    <article class="device-row">
      <StateMark state={state} />
      <h2 class="name" title={nameOf(device)}>
        <a href={`/dashboard/dispositivos/${id}`}>{nameOf(device)}</a>
      </h2>
      <span class="number">{number === null ? text("device.anyNumber") : groupedNumber(number)}</span>
      <span class="since">{stateSince !== null && <TimeAgo at={stateSince} />}</span>
      {advice === undefined ? (
        <>
          <span class="message">
            <span class="word">{text("column.message")}: </span>
            {lastMessageAt === null ? text("device.noMessage") : <TimeAgo at={lastMessageAt} />}
          </span>
          <span class="activity">
            {messages && <Sparkline values={messages} label={text("device.day", { count: sum(messages) })} />}
          </span>
          <span class={`health ${health}`} title={text(`health.${health}.text`)}>
            <span class="word">{text("column.health")}: </span>
            {text(`health.${health}`)}
          </span>
        </>
      ) : (
        <span class="advice" title={advice}>
          {advice}
        </span>
      )}
      {may("manage") && <DeviceActions device={device} />}
    </article>
  )
})

const sum = (values: readonly number[]): number => values.reduce((total, each) => total + each, 0)
