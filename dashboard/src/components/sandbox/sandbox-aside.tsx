import { useLocation } from "preact-iso"
import { text } from "../../i18n/text.ts"
import { linking } from "../../state/linking.ts"
import { addressOf, pageAt } from "../../state/pages.ts"
import { hasPhone, isPhoneOpen } from "../../state/sandbox.ts"
import { SandboxPhone } from "./sandbox-phone.tsx"
import "./sandbox-aside.css"

/** The simulated phone beside the pages about devices. While a dialog links a device the phone is in the dialog. */
export const SandboxAside = () => {
  const { path } = useLocation()
  if (!hasPhone() || pageAt(path)?.name !== "dispositivos" || linking.value !== undefined) return null
  return (
    <aside class={`sandbox-aside ${isPhoneOpen.value ? "open" : ""}`} aria-label={text("sandbox.title")}>
      <SandboxPhone key={path} id={deviceAt(path)} />
    </aside>
  )
}

/** The device of the page; undefined on the page of all. */
const deviceAt = (path: string): string | undefined => {
  const [, rest] = path.split(`${addressOf("dispositivos")}/`)
  return rest === undefined || rest === "" ? undefined : decodeURIComponent(rest.split("/")[0] ?? "")
}
