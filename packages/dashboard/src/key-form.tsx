/** Asks for an API key. The form is never sent: the key goes into this tab's storage and into request headers only. */
import { type FormEvent, useId, useState } from 'react'

export function KeyForm({ refusal, onKey }: { refusal: string | null; onKey: (key: string) => void }) {
  const [key, setKey] = useState('')
  const field = useId()
  const help = useId()

  function submit(event: FormEvent) {
    event.preventDefault()
    const entered = key.trim()
    if (entered !== '') onKey(entered)
  }

  return (
    <main className="gate">
      <h1>Becket</h1>
      <p>Every callback lands. Every failure closes.</p>
      <form onSubmit={submit}>
        {refusal === null ? null : (
          <p className="notice bad" role="alert">
            <strong>The key was refused.</strong> {refusal}
          </p>
        )}
        <label htmlFor={field}>API key</label>
        <input
          id={field}
          type="password"
          value={key}
          onChange={(event) => setKey(event.target.value)}
          aria-describedby={help}
          autoComplete="off"
          spellCheck={false}
          // biome-ignore lint/a11y/noAutofocus: the page holds nothing else to do.
          autoFocus
        />
        <button type="submit" disabled={key.trim() === ''}>
          Show the status
        </button>
        <p id={help} className="faint">
          A key with the role <code>viewer</code> is enough. It is kept until this tab is closed. To make one:
          <code className="command">becket keys create --role viewer</code>
        </p>
      </form>
    </main>
  )
}
