import { text } from "../i18n/text.ts"

/** For an address that leads to no page. */
export const MissingPage = () => (
  <>
    <h1>{text("page.missing")}</h1>
    <p>{text("page.missingText")}</p>
    <p>
      <a href="/dashboard/">{text("page.toDevices")}</a>
    </p>
  </>
)
