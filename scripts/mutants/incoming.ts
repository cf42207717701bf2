/** Mutants of what arrives: messages, files, the history, names of people. */
import type { Mutant } from "./mutant.ts"

export const receiving: readonly Mutant[] = [
  {
    breaks:
      "what Baileys raises without a decryption is dropped (posts of channels, messages that the phone sends again)",
    file: "receiving/raised-messages.ts",
    text: "decryption.hasHanded(message) ? [] :",
    becomes: "decryption ? [] :",
    killedBy: ["test/gateway/arrival.test.ts"]
  },
  {
    breaks: "a post from the time when the gateway was away is not marked as such",
    file: "receiving/raised-messages.ts",
    text: 'type === "append"',
    becomes: "false",
    killedBy: ["test/gateway/arrival.test.ts"]
  },
  {
    breaks: "each message is heard twice: when it is decrypted, and when Baileys raises it",
    file: "receiving/decryption.ts",
    text: "return this.#handed.has(nameOf(key))",
    becomes: "return this.#handed.has(key.id as never)",
    killedBy: ["test/whatsapp/port.test.ts"]
  },
  {
    breaks: "messages of 1:1 chats are heard twice: Baileys raises them with an empty participant",
    file: "receiving/decryption.ts",
    text: 'key.participant || key.remoteJid || ""',
    becomes: 'key.participant ?? key.remoteJid ?? ""',
    killedBy: ["test/whatsapp/port.test.ts"]
  },
  {
    breaks: "a message is confirmed to its sender before it is recorded",
    file: "receiving/decryption.ts",
    text: "await this.#record(incoming)",
    becomes: "void this.#record(incoming).catch(() => {})",
    killedBy: ["test/faults/kills.crash.test.ts"]
  },
  {
    breaks: "an answer of a bot leaves no trace, and is waited for by the watchdog",
    file: "receiving/empty-messages.ts",
    text: 'tag === "enc" && signalTypes.has(attrs.type ?? "")',
    becomes: 'tag === "enc" && attrs.type !== ""',
    killedBy: ["test/gateway/unreadable.test.ts"]
  },
  {
    breaks: "a message for one viewing is waited for, although it never comes",
    file: "receiving/empty-messages.ts",
    text: 'if (viewOnce.has(unavailable)) await placeholders.record(message, "viewOnce", offline)',
    becomes: 'if (viewOnce.has(unavailable)) await placeholders.wait(message, "viewOnce", offline)',
    killedBy: ["test/gateway/unreadable.test.ts"]
  },
  {
    breaks: "a message that waits for its content is forgotten with the process",
    file: "receiving/placeholders.ts",
    text: "await this.#options.kept.put(id, Buffer.from(JSON.stringify(placeholder)))",
    becomes: "await Promise.resolve()",
    killedBy: ["test/gateway/unreadable.test.ts"]
  },
  {
    breaks: "the second message of a new contact overtakes the first",
    file: "receiving/stanzas.ts",
    text: "last = last.then(() => handle(stanza)).catch(() => {})",
    becomes: "last = handle(stanza).catch(() => {})",
    killedBy: ["test/gateway/arrival.test.ts"]
  },
  {
    breaks: "of 300 messages that waited, only the first hundred come",
    file: "receiving/backlog.ts",
    text: "quiet = setTimeout(() => void ask().catch(() => {}), QUIET_MS)",
    becomes: "quiet = undefined",
    killedBy: ["test/gateway/backlog.test.ts"]
  },
  {
    breaks: "the chat of an own message is named by the account's own other name",
    file: "receiving/translate.ts",
    text: "return fromMe && isOwn(account, self) ? null : account",
    becomes: "return account",
    killedBy: ["test/whatsapp/addresses.test.ts"]
  },
  {
    breaks: "a status has its sender as the other name of its chat, so that erasing one person takes everyone's",
    file: "receiving/translate.ts",
    text: "isPerson(chat) ? otherName(",
    becomes: "true ? otherName(",
    killedBy: ["test/gateway/context.test.ts"]
  },
  {
    breaks: "a member who is no administrator deletes what others wrote",
    file: "receiving/reading.ts",
    text: "return isRefused ? withoutRole(named) : named",
    becomes: "return named",
    killedBy: ["test/gateway/deeds.test.ts"]
  },
  {
    breaks: "votes are not bound to their poll and their voter",
    file: "receiving/sealed.ts",
    text: 'type === "Poll Vote" || type === "Event Response"',
    becomes: "false",
    killedBy: ["test/gateway/deeds.test.ts"]
  },
  {
    breaks: "ids of messages that the tables cannot keep reach them",
    file: "jid.ts",
    text: 'NAME.test(given) ? given : `sha256:${createHash("sha256").update(given).digest("hex")}`',
    becomes: "given",
    killedBy: ["test/whatsapp/translate.prop.test.ts"]
  }
]

export const files: readonly Mutant[] = [
  {
    breaks: "a file that was changed on the way is taken",
    file: "receiving/download.ts",
    text: "if (!timingSafeEqual(hmac.digest().subarray(0, MAC_BYTES), held))",
    becomes: "if (hmac.digest().length === 0)",
    killedBy: ["test/whatsapp/download.test.ts"]
  },
  {
    breaks: "a redirect leads the gateway to another host",
    file: "receiving/download.ts",
    text: 'redirect: "error"',
    becomes: 'redirect: "follow"',
    killedBy: ["test/whatsapp/download.test.ts"]
  },
  {
    breaks: "the sender of a message names the host that the gateway asks",
    file: "receiving/download.ts",
    text: "if (!ownNetwork) return new URL(`https://${WHATSAPP_HOST}${directPath}`)",
    becomes:
      "if (!ownNetwork) return new URL(`https://${url === null ? WHATSAPP_HOST : new URL(url).host}${directPath}`)",
    killedBy: ["test/whatsapp/download.test.ts"]
  },
  {
    breaks: "a file whose address is too old is asked for again and again",
    file: "receiving/download.ts",
    text: "status === 404 || status === 410 || status === 403",
    becomes: "status === 404 || status === 410",
    killedBy: ["test/faults/queries.test.ts"]
  },
  {
    breaks: "a download that breaks off is a file that is too short, for good",
    file: "receiving/download.ts",
    text: 'throw new NoAnswer({ asked: "for a file (it ended early)" })',
    becomes: 'throw new MediaUnusable({ reason: "it ended early" })',
    killedBy: ["test/faults/queries.test.ts"]
  },
  {
    breaks: "a part of the history that cannot be fetched now is given up",
    file: "history/history.ts",
    text: 'if (_tag !== "NoAnswer") await kept.delete(id).catch(() => {})',
    becomes: "await kept.delete(id).catch(() => {})",
    killedBy: ["test/whatsapp/history.test.ts"]
  },
  {
    breaks: "a part of the history is confirmed before its announcement is stored",
    file: "history/history.ts",
    text: "await this.#options.kept.put(id, proto.Message.HistorySyncNotification.encode(announcement).finish())",
    becomes: "await Promise.resolve()",
    killedBy: ["test/whatsapp/history.test.ts"]
  },
  {
    breaks: "anyone's message announces a history",
    file: "history/announcement.ts",
    text: "key.fromMe && message ? getHistoryMsg(message)",
    becomes: "message ? getHistoryMsg(message)",
    killedBy: ["test/whatsapp/history.test.ts"]
  }
]

export const names: readonly Mutant[] = [
  {
    breaks: "a LID whose number is known stays a LID",
    file: "names/identities.ts",
    text: "alt ?? (await this.#socket.signalRepository.lidMapping.getPNForLID(jid))",
    becomes: "alt",
    killedBy: ["test/gateway/names.test.ts"]
  },
  {
    breaks: "a number whose LID is known has none",
    file: "names/identities.ts",
    text: "[jid, alt ?? (await this.lidKnownOf(jid))]",
    becomes: "[jid, alt]",
    killedBy: ["test/gateway/names.test.ts"]
  },
  {
    breaks: "what groups and the history tell of people's names is not learned",
    file: "names/identities.ts",
    text: "if (pairs.length === 0) return",
    becomes: "if (pairs.length >= 0) return",
    killedBy: ["test/gateway/names.test.ts"]
  },
  {
    breaks: "the history's people are not known by name",
    file: "history/history.ts",
    text: "await identities.learn(namedIn(given))",
    becomes: "await Promise.resolve()",
    killedBy: ["test/whatsapp/history.test.ts"]
  }
]
