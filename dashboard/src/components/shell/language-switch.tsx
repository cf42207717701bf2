import { chooseLanguage, language, type Language, text } from "../../i18n/text.ts"
import "./language-switch.css"

const names: readonly (readonly [Language, string])[] = [
  ["es", "Español"],
  ["en", "English"]
]

/** ES/EN. Each language is named in itself. */
export const LanguageSwitch = () => (
  <div class="language-switch" role="group" aria-label={text("nav.language")}>
    {names.map(([code, name]) => (
      <button
        key={code}
        type="button"
        lang={code}
        title={name}
        aria-label={`${code.toUpperCase()}, ${name}`}
        aria-pressed={language.value === code}
        onClick={() => chooseLanguage(code)}
      >
        {code.toUpperCase()}
      </button>
    ))}
  </div>
)
