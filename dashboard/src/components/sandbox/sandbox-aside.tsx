import { useLocation } from "preact-iso"
import { text } from "../../i18n/text.ts"
import { linking } from "../../state/linking.ts"
import { decoded, pageAt } from "../../state/pages.ts"
import { hasPhone, isPhoneOpen } from "../../state/sandbox.ts"
import { SandboxPhone } from "./sandbox-phone.tsx"
import "./sandbox-aside.css"

/** Where a device of the page can be linked, or written to. */
const PAGES: ReadonlySet<string | undefined> = new Set(["dispositivos", "conversaciones"])

/** The simulated phone beside the pages about devices. While a dialog links a device the phone is in the dialog. */
export const SandboxAside = () => {
  const { path } = useLocation()
  if (!hasPhone() || !PAGES.has(pageAt(path)?.name) || linking.value !== undefined) return null
  return (
    <aside class={`sandbox-aside ${isPhoneOpen.value ? "open" : ""}`} aria-label={text("sandbox.title")}>
      <SandboxPhone key={deviceAt(path)} id={deviceAt(path)} />
    </aside>
  )
}

/** The device of the page; undefined on the page of all. */
const deviceAt = (path: string): string | undefined => {
  const [, , , id = ""] = path.split("/")
  return id === "" ? undefined : decoded(id)
}
