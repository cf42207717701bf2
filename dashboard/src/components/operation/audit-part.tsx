import { numberText } from "../../i18n/amount.ts"
import { text, type TextKey } from "../../i18n/text.ts"
import { exactTime } from "../../i18n/time.ts"
import { useVerification, type Verification } from "../../state/verification.ts"
import { Button } from "../button.tsx"
import { CodeBlock } from "../code-block.tsx"
import { CopyButton } from "../copy-button.tsx"
import { CopyCall } from "../copy-call.tsx"
import { Facts } from "../facts.tsx"
import { ProblemNote } from "../problem-note.tsx"
import "./audit-part.css"

/** Proves that the log was not changed, signs its end, and exports it. */
export const AuditPart = () => {
  const { verification, verify } = useVerification()
  return (
    <>
      <h2>{text("operator.audit")}</h2>
      <p class="quiet">{text("operator.auditText")}</p>
      <section class="card">
        <h3>{text("operator.verifyTitle")}</h3>
        <p>{text("operator.verifyText")}</p>
        <div class="links">
          <Button kind="primary" press={() => void verify()} isDisabled={verification.is === "running"}>
            {text("operator.verify")}
          </Button>
          <CopyCall call={{ method: "GET", path: "/v1/audit/verify" }} />
        </div>
        <div role="status">
          <Outcome verification={verification} />
        </div>
      </section>
      <section class="card">
        <h3>{text("operator.headTitle")}</h3>
        <p>{text("operator.headText")}</p>
        <div class="links">
          <a class="button plain" href="/v1/audit/head" download="head.json">
            {text("operator.headDownload")}
          </a>
          <CopyCall call={{ method: "GET", path: "/v1/audit/head" }} />
        </div>
        <p>{text("operator.headAgainst")}</p>
        <CodeBlock
          label={text("operator.headCommand")}
          code="npm run -s bitacora -- audit verify --against head.json --key <publicKey>"
        />
      </section>
      <section class="card">
        <h3>{text("operator.exportTitle")}</h3>
        <p>{text("operator.exportText")}</p>
        <div class="links">
          <a class="button plain" href="/v1/events/export?format=ndjson" download="events.ndjson">
            {text("operator.exportNdjson")}
          </a>
          <a class="button plain" href="/v1/events/export?format=csv" download="events.csv">
            {text("operator.exportCsv")}
          </a>
          <CopyCall call={{ method: "GET", path: "/v1/events/export?format=ndjson" }} />
        </div>
      </section>
    </>
  )
}

const reasons: Readonly<Record<string, TextKey>> = {
  changed: "operator.brokenChanged",
  removed: "operator.brokenRemoved",
  inserted: "operator.brokenInserted",
  reordered: "operator.brokenReordered"
}

const Outcome = ({ verification }: { readonly verification: Verification }) => {
  switch (verification.is) {
    case "idle":
      return null
    case "running":
      return (
        <p>
          {verification.verified === 0
            ? text("operator.verifying")
            : text("operator.verifyingAt", { position: numberText(verification.verified) })}
        </p>
      )
    case "failed":
      return <ProblemNote failure={verification.failure} />
    case "done": {
      const { verdict, from, at } = verification
      if (!verdict.valid) {
        const position = numberText(verdict.position)
        return (
          <div class="verdict broken">
            <p>■ {text(reasons[verdict.reason] ?? "operator.brokenChanged", { position })}</p>
            <p>{text("operator.brokenAdvice", { before: numberText(verdict.position - 1) })}</p>
          </div>
        )
      }
      return (
        <div class="verdict">
          <p>✓ {text("operator.valid", { from: numberText(from), to: numberText(verdict.to), time: exactTime(at) })}</p>
          <Facts
            facts={[
              [text("operator.position"), numberText(verdict.head.position)],
              [text("operator.hash"), <code>{verdict.head.hash}</code>]
            ]}
          />
          <div>
            <CopyButton value={verdict.head.hash} />
          </div>
        </div>
      )
    }
  }
}
