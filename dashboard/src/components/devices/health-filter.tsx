import { text, type TextKey } from "../../i18n/text.ts"

const words = ["ok", "warned", "capped", "reachout_lock", "restricted", "unknown"] as const

interface Props {
  /** Empty for all. */
  readonly chosen: string
  readonly choose: (health: string) => void
}

/** Which devices are shown, by the health of their accounts. */
export const HealthFilter = ({ chosen, choose }: Props) => (
  <select
    class="health-filter"
    aria-label={text("devices.byHealth")}
    value={chosen}
    onChange={({ currentTarget }) => choose(currentTarget.value)}
  >
    <option value="">{text("devices.anyHealth")}</option>
    {words.map((word) => (
      <option key={word} value={word}>
        {text(`health.${word}.option` satisfies TextKey)}
      </option>
    ))}
  </select>
)
