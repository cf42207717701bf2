/** Which page is shown: the entrance for guests, the page of the address for members. */
import { useSignalEffect } from "@preact/signals"
import { LocationProvider, Route, Router } from "preact-iso"
import { useEffect } from "preact/hooks"
import { KeysDialog } from "./components/keys-dialog.tsx"
import { LinkingDialog } from "./components/linking-dialog.tsx"
import { Shell } from "./components/shell.tsx"
import { DevicePage } from "./pages/device.tsx"
import { DevicesPage } from "./pages/devices.tsx"
import { Entrance } from "./pages/entrance.tsx"
import { MissingPage } from "./pages/missing.tsx"
import { language, text } from "./i18n/text.ts"
import { followFleet } from "./state/fleet.ts"
import { linking } from "./state/linking.ts"
import { visitor } from "./state/session.ts"

export const App = () => {
  useSignalEffect(() => {
    void language.value
    document.title = `Bitácora · ${text("nav.devices")}`
  })
  switch (visitor.value.is) {
    case "unknown":
      return null
    case "guest":
      return <Entrance hasEnded={visitor.value.hasEnded} />
    case "member":
      return <Inside />
  }
}

const Inside = () => {
  useEffect(followFleet, [])
  const id = linking.value
  return (
    <LocationProvider scope="/dashboard">
      <Shell>
        <Router>
          <Route path="/dashboard" component={DevicesPage} />
          <Route path="/dashboard/entrar" component={DevicesPage} />
          <Route path="/dashboard/dispositivos" component={DevicesPage} />
          <Route path="/dashboard/dispositivos/:id" component={DevicePage} />
          <Route default component={MissingPage} />
        </Router>
      </Shell>
      <KeysDialog />
      {id !== undefined && <LinkingDialog key={id} id={id} close={() => (linking.value = undefined)} />}
    </LocationProvider>
  )
}
