/**
 * Builds the gateway (`dist`) and the dashboard (`dashboard/dist`): `npm ci` runs it (`prepare`).
 *
 * An installation without devDependencies cannot build. It keeps the builds that came with it; without them the gateway runs from its
 * sources and has no dashboard.
 */
import { buildDashboard } from "./build-dashboard.ts"
import { buildGateway } from "./build-gateway.ts"

const canBuild = (): boolean => {
  try {
    import.meta.resolve("vite")
    import.meta.resolve("rolldown")
    return true
  } catch {
    return false
  }
}

if (canBuild()) {
  await buildGateway()
  await buildDashboard()
} else console.log("Vite and Rolldown are not installed: the gateway and the dashboard were not built")
