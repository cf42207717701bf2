import { useState } from "preact/hooks"
import { LanguageSwitch } from "../components/shell/language-switch.tsx"
import { NewToken } from "../components/entrance/new-token.tsx"
import { SignInForm } from "../components/entrance/sign-in-form.tsx"
import { Tabs } from "../components/tabs.tsx"
import { ThemeSwitch } from "../components/shell/theme-switch.tsx"
import { text } from "../i18n/text.ts"
import type { Registered } from "../state/session.ts"
import "./entrance.css"

type Way = "signIn" | "register"

/** For guests: log in, or register. */
export const Entrance = ({ hasEnded }: { readonly hasEnded: boolean }) => {
  const [way, setWay] = useState<Way>("signIn")
  const [registered, setRegistered] = useState<Registered>()
  return (
    <main class="entrance">
      <div class="entrance-tools">
        <LanguageSwitch />
        <ThemeSwitch />
      </div>
      <h1>Bitácora</h1>
      {registered ? (
        <NewToken {...registered} />
      ) : (
        <>
          <p class="about">{text("entrance.about")}</p>
          {hasEnded && <p role="status">{text("entrance.ended")}</p>}
          <Tabs
            label={`${text("entrance.register")} / ${text("entrance.signIn")}`}
            chosen={way}
            choose={setWay}
            tabs={[
              ["signIn", text("entrance.signIn")],
              ["register", text("entrance.register")]
            ]}
          >
            <SignInForm key={way} isNew={way === "register"} registered={setRegistered} />
          </Tabs>
        </>
      )}
    </main>
  )
}
