import { useEffect, useRef, useState } from "preact/hooks"
import type { Pairing } from "../../api/models.ts"
import { nameOf } from "../../i18n/said.ts"
import { text } from "../../i18n/text.ts"
import { Countdown } from "../countdown.tsx"
import "./qr-panel.css"

/** The QR, as large as the screen allows, and how to scan it. It changes by itself when WhatsApp gives another. */
export const QrPanel = ({ pairing }: { readonly pairing: Pairing }) => {
  const { device, qr } = pairing
  const former = useRef<string | undefined>(undefined)
  const [isRedrawn, setRedrawn] = useState(false)
  useEffect(() => {
    if (!qr) return
    if (former.current !== undefined && former.current !== qr.text) setRedrawn(true)
    former.current = qr.text
  }, [qr])
  return (
    <div class="qr-panel">
      <div class="picture">
        {qr ? (
          <img src={qr.image} alt={text("link.qrAlt", { name: nameOf(device) })} width={320} height={320} />
        ) : (
          <p role="status">{text("link.qrWaiting")}</p>
        )}
      </div>
      <div class="stack">
        <div role="status">
          {device.userAction === "scan_again" ? (
            <p class="notice">{text("link.scanAgain")}</p>
          ) : (
            isRedrawn && <p class="notice">{text("link.redrawn")}</p>
          )}
        </div>
        <ol>
          <li>{text("link.step1")}</li>
          <li>{text("link.step2")}</li>
          <li>{text("link.step3")}</li>
        </ol>
        {qr && <Countdown key={qr.text} until={qr.expiresAt} />}
      </div>
    </div>
  )
}
