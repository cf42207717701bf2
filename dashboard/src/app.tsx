/** Which page is shown: the entrance for guests, the page of the address for members. */
import { LocationProvider, Route, Router, useLocation } from "preact-iso"
import { useEffect } from "preact/hooks"
import { DeviceQuestion } from "./components/devices/device-question.tsx"
import { KeysDialog } from "./components/shell/keys-dialog.tsx"
import { LinkingDialog } from "./components/linking/linking-dialog.tsx"
import { Palette } from "./components/shell/palette.tsx"
import { SandboxAside } from "./components/sandbox/sandbox-aside.tsx"
import { Shell } from "./components/shell/shell.tsx"
import { ConversationsPage } from "./pages/conversations.tsx"
import { DevicePage } from "./pages/device.tsx"
import { DevicesPage } from "./pages/devices.tsx"
import { Entrance } from "./pages/entrance.tsx"
import { MissingPage } from "./pages/missing.tsx"
import { OperationPage } from "./pages/operation.tsx"
import { WebhooksPage } from "./pages/webhooks.tsx"
import { language, text } from "./i18n/text.ts"
import { showBadge } from "./state/badge.ts"
import { followFleet } from "./state/fleet.ts"
import { linking } from "./state/linking.ts"
import { decoded, pageAt } from "./state/pages.ts"
import { loginOf, recogniseWhenSeen, visitor } from "./state/session.ts"

export const App = () => {
  switch (visitor.value.is) {
    case "unknown":
      return null
    case "guest":
      return <Entrance hasEnded={visitor.value.hasEnded} />
    case "member":
      // Streams and lists of one login do not go on under another, such as after one in another tab.
      return <Inside key={loginOf(visitor.value.session)} />
  }
}

const Inside = () => {
  useEffect(followFleet, [])
  useEffect(showBadge, [])
  useEffect(recogniseWhenSeen, [])
  const id = linking.value
  return (
    <LocationProvider scope="/dashboard">
      <Title />
      <Shell>
        <Page />
      </Shell>
      <SandboxAside />
      <KeysDialog />
      <Palette />
      <DeviceQuestion />
      {id !== undefined && <LinkingDialog key={id} id={id} close={() => (linking.value = undefined)} />}
    </LocationProvider>
  )
}

const Page = () =>
  // The router throws at what cannot be decoded.
  decoded(useLocation().path) === undefined ? (
    <MissingPage />
  ) : (
    <Router>
      <Route path="/dashboard" component={DevicesPage} />
      <Route path="/dashboard/entrar" component={DevicesPage} />
      <Route path="/dashboard/dispositivos" component={DevicesPage} />
      <Route path="/dashboard/dispositivos/:id" component={DevicePage} />
      <Route path="/dashboard/conversaciones/:device?/:chat?" component={ConversationsPage} />
      <Route path="/dashboard/webhooks/:id?" component={WebhooksPage} />
      <Route path="/dashboard/operacion/:part?" component={OperationPage} />
      <Route default component={MissingPage} />
    </Router>
  )

const Title = () => {
  const page = pageAt(useLocation().path)
  useEffect(() => {
    document.title = page ? `${text(page.word)} · Bitácora` : "Bitácora"
  }, [page, language.value])
  return null
}
