/** The dashboard: people link phones, and watch their devices live. */
import { render } from "preact"
import { App } from "./app.tsx"
import "./tokens.css"
import "./base.css"
import { recognise } from "./state/session.ts"

const root = document.querySelector("#app")
if (root) render(<App />, root)
void recognise()
