/** Labels in the form of wwebjs' JSON model. Pure. */
import type { Label } from "../../../../store/roster/labels.ts"

/** WhatsApp's 20 colours by their numbers. Source: whatsmeow, LabelColor in types/label.go; WhatsApp documents none of them. */
const COLORS = [
  "#ff9484",
  "#64c4ff",
  "#fed428",
  "#dfaef0",
  "#9ab6c1",
  "#56ccb4",
  "#fe9dfe",
  "#d3a91f",
  "#6f7bcf",
  "#d8e651",
  "#01d0e2",
  "#ffc5c7",
  "#92ceac",
  "#f64847",
  "#00a1f2",
  "#83e421",
  "#ffae07",
  "#b4ebff",
  "#9ba6ff",
  "#9568cf"
] as const

export const labelModel = ({ id, name, color }: Pick<Label, "id" | "name" | "color">) => ({
  id,
  name: name ?? "",
  hexColor: COLORS[color ?? 0] ?? COLORS[0]
})
