import { useLocation, useRoute } from "preact-iso"
import { useEffect, useState } from "preact/hooks"
import { Button } from "../components/button.tsx"
import { ChatList } from "../components/conversations/chat-list.tsx"
import { ChatPanel } from "../components/conversations/chat-panel.tsx"
import { Choices } from "../components/choices.tsx"
import { DeviceChoice } from "../components/conversations/device-choice.tsx"
import { MessageSearch } from "../components/conversations/message-search.tsx"
import { NewChatDialog } from "../components/conversations/new-chat-dialog.tsx"
import { NoticeBar } from "../components/notice-bar.tsx"
import { text } from "../i18n/text.ts"
import { useDeviceEvents } from "../state/device-events.ts"
import { devices, isLoaded } from "../state/fleet.ts"
import { addressOf } from "../state/pages.ts"
import { useRested } from "../state/rested.ts"
import { may } from "../state/session.ts"
import "./conversations.css"

const NAME = "conversaciones"
/** Of `?in=`: words are searched for in messages, not in names. */
const IN_MESSAGES = "mensajes"

/** The chats of one device, and the messages of one chat. The address holds the device, the chat and what is searched for. */
export const ConversationsPage = () => {
  const { device, chat } = useRoute().params
  const { query, route } = useLocation()
  const { in: where = "", m: sought } = query
  const [q, searchFor] = useRested(query.q ?? "", (words) => filter({ q: words }))
  const isKnown = device !== undefined && devices.value.has(device)
  const listen = useDeviceEvents(isKnown ? device : undefined)
  const [isNew, setNew] = useState(false)
  const first = [...devices.value.values()].find(({ state }) => state === "CONNECTED") ?? [...devices.value.values()][0]
  useEffect(() => {
    if (device === undefined && first) route(addressOf(NAME, first.id), true)
  }, [device, first, route])

  const search = (next: Readonly<Record<string, string>>): string => {
    const wanted = Object.entries({ q, in: where, ...next }).filter(([, value]) => value !== "")
    const words = new URLSearchParams(wanted).toString()
    return words === "" ? "" : `?${words}`
  }
  const here = isKnown ? [NAME, device] : [NAME]
  const to = (reference: string, message = "") => addressOf(...here, reference) + search({ m: message })
  const filter = (next: Readonly<Record<string, string>>) =>
    route(addressOf(...here, ...(chat === undefined ? [] : [chat])) + search(next), true)
  const isInMessages = where === IN_MESSAGES
  const searchWord = text(isInMessages ? "conversations.searchMessages" : "conversations.searchNames")
  return (
    <div class={`conversations-page ${chat === undefined ? "" : "has-chat"}`}>
      <div class="heading">
        <h1>{text("conversations.title")}</h1>
        {devices.value.size > 0 && <DeviceChoice chosen={device ?? ""} choose={(id) => route(addressOf(NAME, id))} />}
      </div>
      <NoticeBar />
      {isLoaded.value && devices.value.size === 0 && (
        <section class="empty">
          <h2>{text("conversations.noDeviceTitle")}</h2>
          <p>{text("conversations.noDeviceText")}</p>
          <a href={addressOf("dispositivos")}>{text("page.toDevices")}</a>
        </section>
      )}
      {isLoaded.value && devices.value.size > 0 && device !== undefined && !isKnown && (
        <p class="empty">{text("conversations.missingDevice")}</p>
      )}
      {isKnown && (
        <div class="panes">
          <section class="list" aria-label={text("conversations.list")}>
            <div class="tools">
              <input
                type="search"
                value={q}
                placeholder={searchWord}
                aria-label={searchWord}
                onInput={({ currentTarget }) => searchFor(currentTarget.value)}
              />
              <div class="row">
                <Choices
                  label={text("conversations.searchIn")}
                  chosen={isInMessages ? IN_MESSAGES : ""}
                  choose={(name) => filter({ in: name })}
                  choices={[
                    { name: "", word: text("conversations.inNames") },
                    { name: IN_MESSAGES, word: text("conversations.inMessages") }
                  ]}
                />
                {may("send") && <Button press={() => setNew(true)}>{text("conversations.newChat")}</Button>}
              </div>
            </div>
            <div class="rows">
              {isInMessages ? (
                <MessageSearch key={device} device={device} words={q.trim()} addressOf={to} />
              ) : (
                <ChatList key={device} device={device} open={chat} words={q} addressOf={to} listen={listen} />
              )}
            </div>
          </section>
          {chat === undefined ? (
            <p class="unchosen">{text("conversations.choose")}</p>
          ) : (
            <ChatPanel
              key={`${device} ${chat}`}
              device={device}
              reference={chat}
              sought={sought}
              back={addressOf(...here) + search({})}
              listen={listen}
            />
          )}
        </div>
      )}
      {isNew && <NewChatDialog open={(number) => route(to(number))} close={() => setNew(false)} />}
    </div>
  )
}
