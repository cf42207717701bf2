/**
 * What the owner of the account pastes into the console of WhatsApp's own page, the only one where its passkey signs: it shows a button, and
 * after the button the answer to copy.
 */
export const passkeyInstruction = (options: unknown): string =>
  [
    "(() => {",
    `const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(${JSON.stringify(options)});`,
    'const button = document.createElement("button");',
    'button.textContent = "Passkey";',
    'button.style = "position:fixed;z-index:2147483647;inset:40% 30%;font-size:24px";',
    "button.onclick = () => navigator.credentials.get({ publicKey }).then(",
    "(credential) => {",
    'const answer = document.createElement("textarea");',
    "answer.value = JSON.stringify(credential.toJSON());",
    "answer.style = button.style.cssText;",
    "button.replaceWith(answer);",
    "answer.select();",
    "}, (failure) => { button.textContent = String(failure) });",
    "document.body.append(button);",
    "})()"
  ].join(" ")
