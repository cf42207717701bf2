/** The parts of the page of operation, and who sees which. */
import type { Session } from "../api/models.ts"
import type { TextKey } from "../i18n/text.ts"

export type PartName = "sistema" | "usuarios" | "tokens" | "respaldos" | "retencion" | "auditoria"

interface Part {
  readonly name: PartName
  readonly word: TextKey
  /** What the operator's login needs; undefined for a part that everyone sees. */
  readonly needs?: Session["scopes"][number]
}

const parts: readonly Part[] = [
  { name: "sistema", word: "operator.system", needs: "admin" },
  { name: "usuarios", word: "operator.users", needs: "admin" },
  { name: "tokens", word: "operator.tokens" },
  { name: "respaldos", word: "operator.backups", needs: "admin" },
  { name: "retencion", word: "operator.retention", needs: "admin" },
  { name: "auditoria", word: "operator.audit", needs: "audit" }
]

export const partsFor = ({ kind, scopes }: Session): readonly Part[] =>
  parts.filter(({ needs }) => needs === undefined || (kind === "operator" && scopes.includes(needs)))
