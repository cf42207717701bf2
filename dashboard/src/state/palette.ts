/** What can be found with ⌘K or Ctrl-K: pages, devices and actions. The best matches come first. */
import { nameOf } from "../i18n/said.ts"
import { chooseLanguage, language, text } from "../i18n/text.ts"
import { switchZone } from "../i18n/time.ts"
import { groupedNumber } from "../i18n/phone.ts"
import { devices } from "./fleet.ts"
import { addressOf, pages } from "./pages.ts"
import { signOut } from "./session.ts"
import { switchTheme } from "./theme.ts"

export interface Found {
  readonly id: string
  readonly word: string
  /** Beside the word, quietly. */
  readonly hint: string
  /** An address of the dashboard to go to, or what is done. */
  readonly leads: string | (() => void)
}

const SHOWN = 12

export const findAnything = (words: string): readonly Found[] => {
  const wanted = plain(words)
  const digits = words.replace(/\D/g, "")
  const all = [...pagesFound(), ...actionsFound(), ...devicesFound()]
  return all
    .map((found) => ({ found, rank: rankOf(found, wanted, digits) }))
    .filter(({ rank }) => rank > 0)
    .toSorted((a, b) => b.rank - a.rank)
    .slice(0, SHOWN)
    .map(({ found }) => found)
}

/** 0 for no match. The beginning of a text counts more than the beginning of a word, and that more than its middle. */
const rankOf = ({ word, hint }: Found, wanted: string, digits: string): number => {
  if (wanted === "") return 1
  const name = plain(word)
  if (name.startsWith(wanted)) return 4
  if (name.split(/[\s-]/).some((part) => part.startsWith(wanted))) return 3
  if (name.includes(wanted)) return 2
  return digits.length > 2 && hint.replace(/\D/g, "").includes(digits) ? 2 : 0
}

const pagesFound = (): readonly Found[] =>
  pages.map(({ name, word }) => ({
    id: `page ${name}`,
    word: text(word),
    hint: text("palette.page"),
    leads: addressOf(name)
  }))

const actionsFound = (): readonly Found[] =>
  [
    { word: text("nav.theme"), leads: switchTheme },
    { word: text("nav.zone"), leads: switchZone },
    {
      word: text(language.value === "es" ? "palette.english" : "palette.spanish"),
      leads: () => chooseLanguage(language.value === "es" ? "en" : "es")
    },
    { word: text("nav.signOut"), leads: () => void signOut() }
  ].map(({ word, leads }) => ({ id: `action ${word}`, word, hint: text("palette.action"), leads }))

const devicesFound = (): readonly Found[] =>
  [...devices.value.values()].flatMap((device) => {
    const { id, number, state } = device
    const hint = [number === null ? "" : groupedNumber(number), state].filter((part) => part !== "").join(" · ")
    const name = nameOf(device)
    return [
      { id, word: name, hint, leads: addressOf("dispositivos", id) },
      { id: `${id} chats`, word: `${name}: ${text("nav.conversations")}`, hint, leads: addressOf("conversaciones", id) }
    ]
  })

const plain = (words: string): string =>
  words
    .trim()
    .toLocaleLowerCase()
    .normalize("NFD")
    .replaceAll(/\p{Diacritic}/gu, "")
