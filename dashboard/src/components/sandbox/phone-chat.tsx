import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks"
import type { FleetDevice, SandboxContact } from "../../api/models.ts"
import { type Behaviour, changeContact, getContact, writeAsContact } from "../../api/sandbox.ts"
import { text, type TextKey } from "../../i18n/text.ts"
import { useLookedAt } from "../../state/looked-at.ts"
import { chooseContact, contactOf } from "../../state/sandbox.ts"
import { Button } from "../button.tsx"
import { Choices } from "../choices.tsx"
import { Field } from "../field.tsx"
import { ProblemNote } from "../problem-note.tsx"
import "./phone-chat.css"

/** A chat with the device, on the phone of a contact: what the contact got, and what the person writes as the contact. */
export const PhoneChat = ({ device }: { readonly device: FleetDevice }) => {
  const contact = contactOf(device)
  const [typed, setTyped] = useState(contact)
  const digits = typed.replace(/\D/g, "")
  const isNumber = /^\d{8,15}$/.test(digits)
  return (
    <div class="phone-chat">
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (isNumber) chooseContact(device.id, digits)
        }}
      >
        <Field label={text("sandbox.contact")} type="tel" value={typed} change={setTyped} />
        {digits !== contact && (
          <Button type="submit" isDisabled={!isNumber}>
            {text("sandbox.openChat")}
          </Button>
        )}
      </form>
      <Chat key={contact} id={device.id} contact={contact} />
    </div>
  )
}

const behaviours: readonly (readonly [Behaviour, TextKey])[] = [
  ["silent", "sandbox.silent"],
  ["reads", "sandbox.reads"],
  ["echo", "sandbox.echo"]
]

const Chat = ({ id, contact }: { readonly id: string; readonly contact: string }) => {
  const { found, failure, act } = useLookedAt(id, () => getContact(id, contact))
  const [draft, setDraft] = useState("")
  const isNew = found?.behaviour === null
  // Without the contact, WhatsApp would not know the number.
  useEffect(() => {
    if (isNew) void act(() => changeContact(id, contact, "reads"))
  }, [isNew])
  const submitted = async (event: SubmitEvent) => {
    event.preventDefault()
    if (draft.trim() !== "" && (await act(() => writeAsContact(id, contact, draft)))) setDraft("")
  }
  return (
    <>
      <Choices
        label={text("sandbox.behaviour")}
        choices={behaviours.map(([name, word]) => ({ name, word: text(word) }))}
        chosen={found?.behaviour ?? ""}
        choose={(name) => void act(() => changeContact(id, contact, name as Behaviour))}
      />
      <Messages messages={found?.messages ?? []} contact={contact} />
      <ProblemNote failure={failure} />
      <form class="phone-write" onSubmit={(event) => void submitted(event)}>
        <input
          type="text"
          aria-label={text("sandbox.write")}
          placeholder={text("sandbox.write")}
          maxLength={4_096}
          value={draft}
          onInput={({ currentTarget }) => setDraft(currentTarget.value)}
        />
        <Button kind="primary" type="submit" label={text("sandbox.send")}>
          ➤
        </Button>
      </form>
    </>
  )
}

type Message = SandboxContact["messages"][number]

const Messages = ({ messages, contact }: { readonly messages: readonly Message[]; readonly contact: string }) => {
  const list = useRef<HTMLOListElement>(null)
  const last = messages.at(-1)?.id
  useLayoutEffect(() => {
    list.current?.scrollTo({ top: list.current.scrollHeight })
  }, [last])
  if (messages.length === 0) return <p class="quiet">{text("sandbox.chatEmpty", { number: contact })}</p>
  return (
    <ol ref={list} class="phone-messages" aria-label={text("sandbox.messages")} tabIndex={0}>
      {messages.map((message) => (
        <li key={message.id} class={message.fromContact ? "own" : ""}>
          <span class="out-of-sight">{text(message.fromContact ? "sandbox.byContact" : "sandbox.byDevice")}</span>
          <span class="said">{message.text ?? text("sandbox.other", { type: message.type })}</span>
          <Tick tick={message.tick} />
        </li>
      ))}
    </ol>
  )
}

const ticks: Readonly<Record<Message["tick"], readonly [shape: string, word: TextKey]>> = {
  sent: ["✓", "sandbox.tickSent"],
  delivered: ["✓✓", "sandbox.tickDelivered"],
  read: ["✓✓", "sandbox.tickRead"],
  played: ["✓✓", "sandbox.tickPlayed"]
}

const Tick = ({ tick }: { readonly tick: Message["tick"] }) => {
  const [shape, word] = ticks[tick]
  return (
    <span class={`tick ${tick}`} title={text(word)}>
      <span aria-hidden="true">{shape}</span> <small>{text(word)}</small>
    </span>
  )
}
