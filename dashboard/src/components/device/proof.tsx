import { useState } from "preact/hooks"
import { type DeviceVerdict, exportPath, getSignedHead, verifyDevice, verifyPath } from "../../api/audit.ts"
import type { SignedHead } from "../../api/models.ts"
import { clockTime } from "../../i18n/time.ts"
import { hasText, text } from "../../i18n/text.ts"
import { Button } from "../button.tsx"
import { CodeBlock } from "../code-block.tsx"
import { CopyButton } from "../copy-button.tsx"
import { CopyCall } from "../copy-call.tsx"
import { Dialog } from "../dialog.tsx"
import { ProblemNote } from "../problem-note.tsx"
import "./proof.css"

interface Verified {
  readonly verdict: DeviceVerdict
  readonly at: number
}

/** Verifies the hash chains of a device when asked, and shows the result as a badge that opens the proof. */
export const Proof = ({ id }: { readonly id: string }) => {
  const [verified, setVerified] = useState<Verified>()
  const [isOpen, setOpen] = useState(false)
  const [isBusy, setBusy] = useState(false)
  const [failure, setFailure] = useState<unknown>()
  const verify = async () => {
    setBusy(true)
    setFailure(undefined)
    try {
      setVerified({ verdict: await verifyDevice(id), at: Date.now() })
    } catch (refusal) {
      setFailure(refusal)
      setOpen(true)
    }
    setBusy(false)
  }
  return (
    <div class="proof">
      <span aria-live="polite">
        {verified ? (
          <button type="button" class={`proof-badge ${classOf(verified.verdict)}`} onClick={() => setOpen(true)}>
            {badgeOf(verified.verdict)} {clockTime(verified.at)}
          </button>
        ) : (
          <Button kind="quiet" isDisabled={isBusy} press={() => void verify()}>
            {text(isBusy ? "proof.busy" : "proof.verify")}
          </Button>
        )}
      </span>
      {isOpen && (
        <Dialog title={text("proof.title")} close={() => setOpen(false)} isWide>
          <div class="stack">
            <ProblemNote failure={failure} />
            {verified && <Verdict {...verified} />}
            <div class="buttons">
              <Button isDisabled={isBusy} press={() => void verify()}>
                {text("proof.again")}
              </Button>
              <CopyCall call={{ method: "GET", path: verifyPath(id) }} />
            </div>
            <h3>{text("proof.take")}</h3>
            <p>{text("proof.exportText")}</p>
            <p class="proof-links">
              <a href={exportPath(id, "ndjson")} download={`${id}.ndjson`}>
                {text("proof.ndjson")}
              </a>
              <a href={exportPath(id, "csv")} download={`${id}.csv`}>
                {text("proof.csv")}
              </a>
            </p>
            <Head />
          </div>
        </Dialog>
      )}
    </div>
  )
}

const Verdict = ({ verdict, at }: Verified) => {
  if (!verdict.valid) {
    const key = `proof.${verdict.reason}`
    return (
      <p role="alert" class="proof-broken">
        {text("proof.broken", { position: verdict.position })} {hasText(key) ? text(key) : verdict.reason}
      </p>
    )
  }
  return (
    <>
      <p>{text(verdict.complete ? "proof.whole" : "proof.partly", { time: clockTime(at) })}</p>
      <table class="proof-streams">
        <thead>
          <tr>
            <th scope="col">{text("proof.stream")}</th>
            <th scope="col">{text("proof.events")}</th>
            <th scope="col">{text("event.position")}</th>
            <th scope="col">{text("proof.hash")}</th>
          </tr>
        </thead>
        <tbody>
          {verdict.streams
            .filter(({ version }) => version > 0)
            .map(({ stream, version, position, hash }) => (
              <tr key={stream}>
                <td>{stream.split("/")[0]}</td>
                <td class="number">{version}</td>
                <td class="number">{position}</td>
                <td>
                  <code title={hash}>{hash}</code>
                </td>
              </tr>
            ))}
        </tbody>
      </table>
    </>
  )
}

/** A signed head, made when asked for. */
const Head = () => {
  const [head, setHead] = useState<SignedHead>()
  const [failure, setFailure] = useState<unknown>()
  const make = () => getSignedHead().then(setHead, setFailure)
  const json = head && JSON.stringify(head)
  return (
    <>
      <p>{text("proof.headText")}</p>
      <ProblemNote failure={failure} />
      {json ? (
        <>
          <CodeBlock label={text("proof.head")} code={json} />
          <div class="buttons">
            <CopyButton value={json} />
          </div>
        </>
      ) : (
        <div class="buttons">
          <Button press={() => void make()}>{text("proof.sign")}</Button>
        </div>
      )}
    </>
  )
}

const classOf = (verdict: DeviceVerdict): string => (verdict.valid ? "valid" : "broken")

const badgeOf = (verdict: DeviceVerdict): string => {
  if (!verdict.valid) return text("proof.badgeBroken")
  return text(verdict.complete ? "proof.badge" : "proof.badgePartly")
}
