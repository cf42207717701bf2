import { useEffect, useState } from "preact/hooks"
import { nameOf, reasonText } from "../../i18n/said.ts"
import { text } from "../../i18n/text.ts"
import { type PairingState, usePairing } from "../../state/pairing.ts"
import { hasPhone } from "../../state/sandbox.ts"
import { Button } from "../button.tsx"
import { CodePanel } from "./code-panel.tsx"
import { Dialog } from "../dialog.tsx"
import { HostedPanel } from "./hosted-panel.tsx"
import { LinkDone } from "./link-done.tsx"
import { PasskeyPanel } from "./passkey-panel.tsx"
import { ProblemNote } from "../problem-note.tsx"
import { QrPanel } from "./qr-panel.tsx"
import { SandboxPhone } from "../sandbox/sandbox-phone.tsx"
import { Tabs } from "../tabs.tsx"
import "./linking-dialog.css"

type Way = "qr" | "code" | "passkey" | "hosted"

/** Links a device: everything that a person needs, with the phone in the other hand. */
export const LinkingDialog = ({ id, close }: { readonly id: string; readonly close: () => void }) => {
  const linking = usePairing(id)
  const { pairing, failure } = linking
  const name = pairing ? nameOf(pairing.device) : ""
  return (
    <Dialog title={text("link.title", { name })} close={close} isWide>
      <div class="linking-place">
        <div class="linking stack">
          <ProblemNote failure={failure} />
          {pairing?.device.state === "CONNECTED" ? (
            <LinkDone id={id} name={name} close={close} />
          ) : (
            <Linking {...linking} />
          )}
        </div>
        {hasPhone() && <SandboxPhone id={id} />}
      </div>
    </Dialog>
  )
}

const Linking = (linking: PairingState) => {
  const { pairing, start } = linking
  const [way, setWay] = useState<Way>("qr")
  const needsPasskey = pairing?.passkey != null
  // What WhatsApp waits for comes to the front by itself.
  useEffect(() => {
    if (needsPasskey) setWay("passkey")
  }, [needsPasskey])
  if (!pairing) return <p role="status">{text("link.connecting")}</p>
  const { device, passkey } = pairing
  if (device.state === "LOADING" && !passkey) return <Entering />
  if (device.state === "NONE" || device.state === "ERROR") {
    return (
      <div class="stack" role="status">
        <p>
          {device.state === "NONE"
            ? text("link.expired")
            : `${text("link.failed")} ${device.reason === null ? "" : reasonText(device.reason)}`}
        </p>
        <Button kind="primary" press={start}>
          {text("link.again")}
        </Button>
      </div>
    )
  }
  return (
    <Tabs
      label={text("link.ways")}
      chosen={way}
      choose={setWay}
      tabs={[
        ["qr", text("link.qr")],
        ["code", text("link.code")],
        ["passkey", text("link.passkey")],
        ["hosted", text("link.hosted")]
      ]}
    >
      {way === "qr" && <QrPanel pairing={pairing} />}
      {way === "code" && <CodePanel pairing={pairing} act={linking.act} />}
      {way === "passkey" && <PasskeyPanel pairing={pairing} act={linking.act} />}
      {way === "hosted" && <HostedPanel id={device.id} />}
    </Tabs>
  )
}

const Entering = () => (
  <div role="status">
    <p class="large">{text("link.loading")}</p>
    <p>{text("link.loadingText")}</p>
  </div>
)
