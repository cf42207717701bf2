/** Shows what is to be done, and asks the gateway again and again whether it still is. */
;(() => {
  const all = JSON.parse(document.querySelector("#words").textContent)
  const language = navigator.language.startsWith("es") ? "es" : "en"
  const words = all[language]
  const base = location.pathname.replace(/\/$/, "")
  const POLL_MS = 1_500
  const SECTIONS = ["start", "choice", "passkey", "confirm", "waiting", "done", "over"]

  const byId = (id) => document.getElementById(id)
  const word = (name, values = {}) =>
    Object.entries(values).reduce((text, [key, value]) => text.replace(`{${key}}`, value), words[name] ?? name)

  document.documentElement.lang = language
  document.title = words.title
  for (const element of document.querySelectorAll("[data-word]")) element.textContent = word(element.dataset.word)

  let timer
  let link
  /** The gateway's clock minus this one. */
  let ahead = 0
  let tab = matchMedia("(pointer: coarse)").matches ? "code" : "qr"
  let isBusy = false

  const call = async (method, path, body) => {
    const sent =
      method === "POST" ? { headers: { "content-type": "application/json" }, body: JSON.stringify(body) } : {}
    const response = await fetch(`${base}/${path}`, { method, credentials: "same-origin", ...sent })
    const text = await response.text()
    return { status: response.status, body: text === "" ? undefined : JSON.parse(text) }
  }

  const show = (name) => {
    for (const section of SECTIONS) byId(section).hidden = section !== name
  }

  const notice = (text) => {
    byId("notice").textContent = text ?? ""
    byId("notice").hidden = !text
  }

  const over = (text, mayStartAgain) => {
    clearTimeout(timer)
    byId("over-text").textContent = text
    byId("again").hidden = !mayStartAgain
    byId("ends").textContent = ""
    show("over")
  }

  const left = (time) => {
    const seconds = Math.max(0, Math.round((Date.parse(time) - Date.now() - ahead) / 1_000))
    return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`
  }

  const snippet = (options) =>
    `(()=>{const o=PublicKeyCredential.parseRequestOptionsFromJSON(${JSON.stringify(options)});` +
    'const b=document.createElement("button");b.textContent="Passkey";' +
    'b.style="position:fixed;z-index:2147483647;inset:40% 30%;font-size:24px";' +
    "b.onclick=async()=>{try{const c=await navigator.credentials.get({publicKey:o});" +
    'const t=document.createElement("textarea");t.value=JSON.stringify(c.toJSON());t.style=b.style.cssText;' +
    "b.replaceWith(t);t.select()}catch(e){b.textContent=String(e)}};document.body.append(b)})()"

  const showTab = () => {
    for (const name of ["qr", "code"]) {
      byId(`tab-${name}`).setAttribute("aria-selected", String(tab === name))
      byId(`by-${name}`).hidden = tab !== name
    }
  }

  const reasonOf = ({ userAction, reason, state }) => {
    if (reason?.startsWith("passkey_") && words[reason]) return words[reason]
    if (userAction === "new_code") return words[reason] ?? words.new_code
    if (userAction === "scan_again") return words.scan_again
    return state === "ERROR" ? (words[reason] ?? word("failed", { reason: reason ?? "?" })) : undefined
  }

  const showChoice = () => {
    show("choice")
    showTab()
    const { qr, code } = link
    byId("qr").hidden = !qr
    byId("qr-wait").hidden = Boolean(qr)
    if (qr && byId("qr").src !== qr.image) byId("qr").src = qr.image
    byId("code-shown").hidden = !code
    if (code) {
      byId("code").textContent = `${code.code.slice(0, 4)}-${code.code.slice(4)}`
      byId("code-left").textContent = word("codeLeft", { left: left(code.expiresAt) })
    }
  }

  const showPasskey = () => {
    show("passkey")
    // Setting the same text again would undo its owner's selection.
    const text = snippet(link.passkey.options)
    if (byId("snippet").value !== text) byId("snippet").value = text
    byId("passkey-left").textContent = word("passkeyLeft", { left: left(link.passkey.expiresAt) })
  }

  const showConfirm = () => {
    show("confirm")
    byId("confirm-code").textContent = link.passkey.code
  }

  const showWaiting = (text) => {
    show("waiting")
    byId("waiting-text").textContent = text
  }

  const render = () => {
    const { state, isDone, passkey, name, number, now, endsAt } = link
    ahead = Date.parse(now) - Date.now()
    byId("about").textContent = [name, number].filter(Boolean).join(" · ")
    byId("ends").textContent = isDone ? "" : word("ends", { left: left(endsAt) })
    if (number && byId("number").value === "") byId("number").value = number
    notice(isDone ? undefined : reasonOf(link))
    if (isDone) show("done")
    else if (passkey?.step === "confirm_code") showConfirm()
    else if (passkey) showPasskey()
    else if (state === "QR") showChoice()
    else if (state === "ERROR") over(reasonOf(link), true)
    else if (state === "NONE") over(words.expired, true)
    else if (state === "LOADING") showWaiting(link.reason ? words.waiting : words.waitingPhone)
    else showWaiting(words.connecting)
  }

  const poll = async () => {
    clearTimeout(timer)
    try {
      const { status, body } = await call("GET", "state")
      if (status === 410 || status === 404) return over(words.invalid, false)
      if (status === 200) {
        link = body
        render()
        if (link.isDone || link.state === "ERROR" || link.state === "NONE") return
      }
    } catch {
      notice(words.offline)
    }
    timer = setTimeout(poll, POLL_MS)
  }

  const open = async () => {
    const { status, body } = await call("POST", "open", {})
    if (status !== 200)
      return over(body?.code === "link-invalid" ? words.invalid : (body?.detail ?? words.invalid), false)
    link = body
    render()
    await poll()
  }

  /** Only one request at a time; what the gateway says against it is shown. */
  const act = async (path, body) => {
    if (isBusy) return
    isBusy = true
    try {
      const { status, body: answer } = await call("POST", path, body)
      if (status === 410) over(words.invalid, false)
      else if (status >= 400) {
        await poll()
        notice(answer?.field === "number" ? word("wrongNumber", { number: link?.number ?? "" }) : answer?.detail)
      } else await poll()
    } catch {
      notice(words.offline)
    } finally {
      isBusy = false
    }
  }

  byId("open").addEventListener("click", open)
  byId("again").addEventListener("click", open)
  for (const name of ["qr", "code"]) {
    byId(`tab-${name}`).addEventListener("click", () => {
      tab = name
      showTab()
    })
  }
  byId("ask-code").addEventListener("submit", (event) => {
    event.preventDefault()
    void act("code", { number: byId("number").value.replace(/\D/g, "") })
  })
  byId("copy").addEventListener("click", async () => {
    byId("snippet").select()
    await navigator.clipboard?.writeText(byId("snippet").value).catch(() => {})
    byId("copy").textContent = words.copied
  })
  byId("answer").addEventListener("submit", (event) => {
    event.preventDefault()
    try {
      const assertion = JSON.parse(byId("assertion").value.trim())
      byId("assertion").value = ""
      void act("passkey", assertion)
    } catch {
      notice(words.notJson)
    }
  })
  byId("hand-over").addEventListener("click", async () => {
    const { status } = await call("POST", "hand-over", {})
    if (status === 204) over(words.handedOver, false)
  })
  byId("same").addEventListener("click", () => act("passkey/confirm", { matches: true }))
  byId("different").addEventListener("click", () => act("passkey/confirm", { matches: false }))
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible" && link && !link.isDone) void poll()
  })

  // A page that was loaded again goes on where it was; a first visit waits for the click.
  call("GET", "state").then(
    ({ status, body }) => {
      if (status !== 200) return show("start")
      link = body
      render()
      return poll()
    },
    () => notice(words.offline)
  )
})()
