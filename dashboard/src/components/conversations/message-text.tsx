/** An address in a text. */
const LINK = /(https?:\/\/[^\s<>"]+[^\s<>".,;:!?)\]])/

/** The words of a message, in which addresses are links. */
export const MessageText = ({ words }: { readonly words: string }) => (
  <p class="words">
    {words.split(LINK).map((part, at) =>
      at % 2 === 1 ? (
        <a key={at} href={part} target="_blank" rel="noreferrer nofollow">
          {part}
        </a>
      ) : (
        part
      )
    )}
  </p>
)
