import { useEffect, useRef } from "preact/hooks"
import "./part-links.css"

interface Props {
  readonly label: string
  readonly links: readonly { readonly name: string; readonly word: string; readonly href: string }[]
  readonly chosen: string
}

/** The parts of a page, each with an address of its own. The chosen one is in sight. */
export const PartLinks = ({ label, links, chosen }: Props) => {
  const list = useRef<HTMLElement>(null)
  useEffect(() => {
    list.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" })
  }, [chosen])
  return (
    <nav ref={list} class="part-links" aria-label={label}>
      {links.map(({ name, word, href }) => (
        <a key={name} href={href} aria-current={name === chosen ? "page" : undefined}>
          {word}
        </a>
      ))}
    </nav>
  )
}
