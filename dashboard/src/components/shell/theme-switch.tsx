import { text } from "../../i18n/text.ts"
import { switchTheme } from "../../state/theme.ts"
import { Button } from "../button.tsx"

/** Light or dark. */
export const ThemeSwitch = () => (
  <Button kind="quiet" press={switchTheme} label={text("nav.theme")} hint={text("nav.theme")}>
    ◐
  </Button>
)
