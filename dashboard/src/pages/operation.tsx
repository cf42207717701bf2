import { useRoute } from "preact-iso"
import type { FunctionComponent } from "preact"
import type { Session } from "../api/models.ts"
import { AuditPart } from "../components/operation/audit-part.tsx"
import { BackupsPart } from "../components/operation/backups-part.tsx"
import { PartLinks } from "../components/operation/part-links.tsx"
import { RetentionPart } from "../components/operation/retention-part.tsx"
import { SystemPart } from "../components/operation/system-part.tsx"
import { TokensPart } from "../components/operation/tokens-part.tsx"
import { UsersPart } from "../components/operation/users-part.tsx"
import { text } from "../i18n/text.ts"
import { type PartName, partsFor } from "../state/operation-parts.ts"
import { addressOf } from "../state/pages.ts"
import { visitor } from "../state/session.ts"
import "./operation.css"

const parts: Readonly<Record<PartName, FunctionComponent<{ readonly session: Session }>>> = {
  sistema: SystemPart,
  usuarios: UsersPart,
  tokens: TokensPart,
  respaldos: BackupsPart,
  retencion: RetentionPart,
  auditoria: AuditPart
}

/** What keeps the gateway running. A member sees what is the member's own: tokens and the password. */
export const OperationPage = () => {
  const { params } = useRoute()
  if (visitor.value.is !== "member") return null
  const { session } = visitor.value
  const shown = partsFor(session)
  const wanted = params.part ?? shown[0]?.name
  const chosen = shown.find(({ name }) => name === wanted)
  const links = shown.map(({ name, word }) => ({ name, word: text(word), href: addressOf("operacion", name) }))
  const Part = chosen && parts[chosen.name]
  return (
    <div class="operation-page">
      <h1>{text("nav.operation")}</h1>
      {(links.length > 1 || !Part) && (
        <PartLinks label={text("operator.parts")} links={links} chosen={chosen?.name ?? ""} />
      )}
      <div class="part">{Part ? <Part key={chosen.name} session={session} /> : <p>{text("operator.notYours")}</p>}</div>
    </div>
  )
}
