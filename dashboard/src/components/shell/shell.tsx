import type { ComponentChildren } from "preact"
import { useLocation } from "preact-iso"
import { groupedNumber } from "../../i18n/phone.ts"
import { text } from "../../i18n/text.ts"
import { signOut, visitor } from "../../state/session.ts"
import { addressOf, pageAt, pages } from "../../state/pages.ts"
import { Button } from "../button.tsx"
import { ConnectionBar } from "./connection-bar.tsx"
import { LanguageSwitch } from "./language-switch.tsx"
import { ThemeSwitch } from "./theme-switch.tsx"
import { ZoneSwitch } from "./zone-switch.tsx"
import "./shell.css"

/** What stands around every page: where one is, who one is, and whether what is shown is live. */
export const Shell = ({ children }: { readonly children: ComponentChildren }) => {
  const number = visitor.value.is === "member" ? visitor.value.session.number : null
  const current = pageAt(useLocation().path)?.name
  return (
    <>
      <a class="skip" href="#content">
        {text("nav.skip")}
      </a>
      <header class="shell-header">
        <a class="brand" href="/dashboard/">
          Bitácora
        </a>
        <nav aria-label={text("nav.main")}>
          {pages.map(({ name, word }) => (
            <a key={name} href={addressOf(name)} aria-current={name === current ? "page" : undefined}>
              {text(word)}
            </a>
          ))}
        </nav>
        <div class="tools">
          <LanguageSwitch />
          <ZoneSwitch />
          <ThemeSwitch />
          <span class="who">{number === null ? text("nav.operator") : groupedNumber(number)}</span>
          <Button kind="quiet" press={() => void signOut()}>
            {text("nav.signOut")}
          </Button>
        </div>
      </header>
      <ConnectionBar />
      <main id="content" class="shell-content" tabIndex={-1}>
        {children}
      </main>
      <footer class="shell-footer">
        <a href="/docs" target="_blank" rel="noreferrer">
          {text("nav.api")}
        </a>
      </footer>
    </>
  )
}
