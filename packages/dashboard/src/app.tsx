/** Either asks for a key or shows the status page. Knows nothing of what the page shows. */
import { createBecket } from '@becket/client'
import { useCallback, useMemo, useState } from 'react'
import { KeyForm } from './key-form.tsx'
import { forgetKey, keepKey, storedKey } from './key-store.ts'
import { createServerClock } from './server-clock.ts'
import { StatusPage } from './status-page.tsx'

export function App() {
  const [key, setKey] = useState(() => storedKey(window.sessionStorage))
  const [refusal, setRefusal] = useState<string | null>(null)
  const connection = useMemo(() => (key === null ? null : connect(key)), [key])

  const leave = useCallback((why: string | null) => {
    forgetKey(window.sessionStorage)
    setKey(null)
    setRefusal(why)
  }, [])

  if (connection === null) {
    const enter = (entered: string) => {
      keepKey(window.sessionStorage, entered)
      setRefusal(null)
      setKey(entered)
    }
    return <KeyForm refusal={refusal} onKey={enter} />
  }
  return <StatusPage {...connection} onRefused={leave} onLeave={() => leave(null)} />
}

/** The API is where the page came from, also below a path. No repetition: the page asks again by itself. */
function connect(apiKey: string) {
  const server = createServerClock(Date.now)
  const fetch: typeof window.fetch = async (input, init) => {
    const response = await window.fetch(input, init)
    server.observe(response.headers.get('date'))
    return response
  }
  const url = new URL('.', window.location.href).href
  return { server, becket: createBecket({ url, apiKey, fetch, timeoutMs: 5000, retries: 0 }) }
}
